//! What [`crate::capture`] makes of any file.

use std::io::{BufRead, BufReader, Cursor};

use crate::capture::{self, Datagram, Error, Format, PcapWriter, Sink, Source};

/// Reads a file to its end, or to the error it ends with. A source that is broken is not asked again.
fn each(bytes: &[u8], from: Option<Format>, mut each: impl FnMut(&Datagram<'_>)) -> Result<(), Error> {
    // two sizes of buffers, so that lines and records lie across their ends
    let reader: Box<dyn BufRead + '_> = match bytes.len() % 2 {
        0 => Box::new(Cursor::new(bytes)),
        _ => Box::new(BufReader::with_capacity(7, bytes)),
    };
    let mut source = capture::open(reader, from, None)?;
    while let Some(datagram) = source.next()? {
        each(&datagram);
    }
    Ok(())
}

/// Reads a file of any format, guessed and as each of them: that ends, with no more than was there, and an error says
/// where in words. What can be recorded is the same when the record is read.
///
/// # Panics
/// That does not hold.
pub fn readers(bytes: &[u8]) {
    for from in [None].into_iter().chain(Format::ALL.map(|(_, format)| Some(format))) {
        let mut kept = Vec::new();
        let mut record = PcapWriter::new(Vec::new()).expect("a vector takes all");
        let read = each(bytes, from, |datagram| {
            assert!(datagram.len >= datagram.bytes.len(), "nothing was there that had not come");
            record.datagram(datagram).expect("a vector takes all");
            if !datagram.peeked && datagram.errno == 0 && !datagram.bytes.is_empty() {
                kept.push((datagram.bytes.to_vec(), datagram.len));
            }
        });
        if let Err(error) = read {
            assert!((1..1000).contains(&error.to_string().len()), "an error says what is wrong");
        }
        // a record of nothing is refused as an empty file, or is one
        let record = record.finish().expect("a vector takes all");
        let mut again = Vec::new();
        let reread = each(&record, Some(Format::Pcap), |datagram| {
            again.push((datagram.bytes.to_vec(), datagram.len));
        });
        assert!(reread.is_ok() || kept.is_empty(), "the record is read: {reread:?}");
        assert_eq!(again, kept, "the record is the same");
    }
}
