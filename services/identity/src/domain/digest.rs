//! SHA-256 over several parts that cannot be mistaken for each other.

use aws_lc_rs::digest::{Context, SHA256};

/// SHA-256 of the parts, each after its length.
pub(crate) fn of(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(&part.len().to_be_bytes());
        context.update(part);
    }
    let mut sha256 = [0; 32];
    sha256.copy_from_slice(context.finish().as_ref());
    sha256
}

#[cfg(test)]
mod tests {
    #[test]
    fn where_a_part_ends_matters() {
        assert_ne!(super::of(&[b"ab", b"c"]), super::of(&[b"a", b"bc"]));
        assert_ne!(super::of(&[b"abc"]), super::of(&[b"abc", b""]));
    }
}
