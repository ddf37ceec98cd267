//! `flush`: rounds, each of which deletes what is there, until one finds nothing.

use nix::errno::Errno;
use nlmsg::frame::NlmF;

use crate::ip::Ip;
use crate::words::Stop;

/// How a round of a flush ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Round {
    /// There was nothing to delete.
    Nothing,
    /// Something was deleted, and more can be there.
    Deleted,
    /// Something was deleted, and no other round is wanted.
    Last,
}

impl Ip<'_, '_> {
    /// Runs rounds, which are counted from 1, until one finds nothing or `most` (0 is any number) have run; false if
    /// something can be left then.
    ///
    /// # Errors
    /// What a round returns.
    pub(crate) fn rounds(
        &mut self,
        most: u32,
        mut round: impl FnMut(&mut Self, u32) -> Result<Round, Stop>,
    ) -> Result<bool, Stop> {
        let mut done = 0;
        while most == 0 || done < most {
            let ended = round(self, done + 1).map_err(|stop| match stop.text.strip_suffix("Dump terminated") {
                Some(why) => {
                    let text = format!("{why}Flush terminated");
                    stop.with_text(text)
                }
                None => stop,
            })?;
            done += u32::from(ended != Round::Nothing);
            if ended != Round::Deleted {
                self.flushed(done);
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Deletes objects, given as the kernel listed them; an error of `gone` means that one went with another.
    ///
    /// # Errors
    /// The first other refusal.
    pub(crate) fn delete(&mut self, kind: u16, objects: &[Vec<u8>], gone: &[Errno]) -> Result<(), Stop> {
        for object in objects {
            match self.socket()?.request(kind, NlmF(0), &object.as_slice()) {
                Err(error) if !error.errno().is_some_and(|errno| gone.contains(&errno)) => return Err(error.into()),
                _ => {}
            }
        }
        Ok(())
    }

    /// Says, where statistics are asked for, how many are deleted in this round.
    pub(crate) fn flushing(&mut self, round: u32, count: usize, what: &str) {
        if self.options.stats > 0 {
            self.as_text(|ip| ip.out.text(&format!("\n*** Round {round}, deleting {count} {what} ***\n")));
        }
    }

    /// Says, where statistics are asked for, that nothing is left to flush after so many rounds.
    fn flushed(&mut self, rounds: u32) {
        if self.options.stats > 0 {
            let text = match rounds {
                0 => "Nothing to flush.\n".to_string(),
                1 => "*** Flush is complete after 1 round ***\n".to_string(),
                _ => format!("*** Flush is complete after {rounds} rounds ***\n"),
            };
            self.as_text(|ip| ip.out.text(&text));
        }
    }
}
