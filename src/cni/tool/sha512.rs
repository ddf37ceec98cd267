//! SHA-512 (FIPS 180-4), of which cnitool makes names of containers.

/// The first 64 bits of the fractional parts of the cube roots of the first 80 primes.
const K: [u64; 80] = fractions::<80>(3);

/// The same of the square roots of the first eight.
const H: [u64; 8] = fractions::<8>(2);

/// The digest of `bytes`.
pub(super) fn digest(bytes: &[u8]) -> [u8; 64] {
    let mut padded = bytes.to_vec();
    padded.push(0x80);
    padded.resize((padded.len() + 16).next_multiple_of(128) - 16, 0);
    padded.extend_from_slice(&(bytes.len() as u128 * 8).to_be_bytes());
    let state = padded.chunks_exact(128).fold(H, compress);
    let mut digest = [0; 64];
    for (to, word) in digest.chunks_exact_mut(8).zip(state) {
        to.copy_from_slice(&word.to_be_bytes());
    }
    digest
}

fn compress(state: [u64; 8], block: &[u8]) -> [u64; 8] {
    let mut w = [0; 80];
    for (word, bytes) in w.iter_mut().zip(block.chunks_exact(8)) {
        *word = bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    }
    for t in 16..80 {
        let (a, b) = (w[t - 15], w[t - 2]);
        let s0 = a.rotate_right(1) ^ a.rotate_right(8) ^ a >> 7;
        let s1 = b.rotate_right(19) ^ b.rotate_right(61) ^ b >> 6;
        w[t] = w[t - 16].wrapping_add(s0).wrapping_add(w[t - 7]).wrapping_add(s1);
    }
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = state;
    for (k, w) in K.iter().zip(w) {
        let s1 = e.rotate_right(14) ^ e.rotate_right(18) ^ e.rotate_right(41);
        let t1 = h.wrapping_add(s1).wrapping_add(e & f ^ !e & g).wrapping_add(*k).wrapping_add(w);
        let s0 = a.rotate_right(28) ^ a.rotate_right(34) ^ a.rotate_right(39);
        let t2 = s0.wrapping_add(a & b ^ a & c ^ b & c);
        (h, g, f, e, d, c, b, a) = (g, f, e, d.wrapping_add(t1), c, b, a, t1.wrapping_add(t2));
    }
    let mut new = [a, b, c, d, e, f, g, h];
    for (new, old) in new.iter_mut().zip(state) {
        *new = new.wrapping_add(old);
    }
    new
}

/// Of the first `N` primes, the 64 bits after the point of their roots.
const fn fractions<const N: usize>(degree: u32) -> [u64; N] {
    let (mut fractions, mut found, mut number) = ([0; N], 0, 2);
    while found < N {
        let mut divisor = 2;
        while number % divisor != 0 {
            divisor += 1;
        }
        if divisor == number {
            fractions[found] = fraction(number, degree);
            found += 1;
        }
        number += 1;
    }
    fractions
}

/// The root bit by bit: the largest number whose power is not above `number * 2^(64 * degree)`. Its low 64 bits.
const fn fraction(number: u64, degree: u32) -> u64 {
    // roots of primes up to 409 are below 32: five bits before the point
    let (mut root, mut bit) = (0_u128, 1_u128 << 69);
    while bit > 0 {
        let next = root | bit;
        if not_above(next, number, degree) {
            root = next;
        }
        bit >>= 1;
    }
    root as u64
}

/// Whether `root^degree <= number * 2^(64 * degree)`, in limbs of 32 bits.
const fn not_above(root: u128, number: u64, degree: u32) -> bool {
    let limbs = [root as u32 as u64, (root >> 32) as u32 as u64, (root >> 64) as u64];
    let mut power = [0_u64; 12];
    power[0] = 1;
    let mut times = 0;
    while times < degree {
        let mut product = [0_u64; 12];
        let mut i = 0;
        while i < 3 {
            let (mut j, mut carry) = (0, 0);
            while i + j < 12 {
                let sum = product[i + j] + limbs[i] * power[j] + carry;
                product[i + j] = sum & 0xffff_ffff;
                carry = sum >> 32;
                j += 1;
            }
            i += 1;
        }
        power = product;
        times += 1;
    }
    let point = 2 * degree as usize;
    let (mut whole, mut rest, mut i) = (0, 0, 12);
    while i > 0 {
        i -= 1;
        if i >= point {
            whole = whole << 32 | power[i];
        } else {
            rest |= power[i];
        }
    }
    whole < number || whole == number && rest == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        digest(bytes)[..10].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn constants() {
        assert_eq!((K[0], K[79]), (0x428a_2f98_d728_ae22, 0x6c44_198c_4a47_5817));
        assert_eq!((H[0], H[7]), (0x6a09_e667_f3bc_c908, 0x5be0_cd19_137e_2179));
    }

    #[test]
    fn digests() {
        assert_eq!(hex(b""), "cf83e1357eefb8bdf154");
        assert_eq!(hex(b"abc"), "ddaf35a193617abacc41");
        assert_eq!(hex(&[b'a'; 111]), "fa9121c7b32b9e01733d");
        assert_eq!(hex(&[b'a'; 112]), "c01d080efd492776a1c4");
        assert_eq!(hex(&[b'a'; 1000]), "67ba5535a46e3f86dbfb");
    }
}
