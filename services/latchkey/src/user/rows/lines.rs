//! Lines of bounded length, with their numbers.

use super::Unreadable;
use std::io::{BufRead, Read as _};

/// The longest line, in bytes: many times the longest row that identity takes.
pub(super) const MAX_BYTES: usize = 32 * 1024;

/// The lines that are not empty, numbered from 1, without their ends and a byte order mark.
#[derive(Debug)]
pub(super) struct Lines<R> {
    reader: R,
    number: i64,
    read: u64,
    broken: bool,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, number: 0, read: 0, broken: false }
    }

    pub(super) fn read(&self) -> u64 {
        self.read
    }

    /// Up to the end of a line, but never more than one byte too many.
    fn piece(&mut self, bytes: &mut Vec<u8>) -> std::io::Result<usize> {
        bytes.clear();
        let most = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX) + 1;
        let length = self.reader.by_ref().take(most).read_until(b'\n', bytes)?;
        self.read += u64::try_from(length).unwrap_or_default();
        Ok(length)
    }

    fn line(&mut self) -> std::io::Result<Option<Result<String, &'static str>>> {
        let mut bytes = Vec::new();
        if self.piece(&mut bytes)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        if bytes.len() > MAX_BYTES && !bytes.ends_with(b"\n") {
            while self.piece(&mut bytes)? > 0 && !bytes.ends_with(b"\n") {}
            return Ok(Some(Err("is longer than 32 KiB")));
        }
        let Ok(text) = String::from_utf8(bytes) else {
            return Ok(Some(Err("is not in UTF-8")));
        };
        let text = text.trim_end_matches(['\n', '\r']);
        let text = if self.number == 1 { text.trim_start_matches('\u{feff}') } else { text };
        Ok(Some(Ok(text.to_owned())))
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Result<(i64, String), Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.broken {
            let line = match self.line() {
                Ok(line) => line?,
                Err(error) => {
                    self.broken = true;
                    let why = format!("cannot be read, nor what comes after it: {error}");
                    return Some(Err(Unreadable { line: self.number + 1, why }));
                }
            };
            match line {
                Ok(text) if text.trim().is_empty() => {}
                Ok(text) => return Some(Ok((self.number, text))),
                Err(why) => {
                    return Some(Err(Unreadable { line: self.number, why: why.to_owned() }));
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Vec<Result<(i64, String), i64>> {
        Lines::new(text).map(|line| line.map_err(|bad| bad.line)).collect()
    }

    #[test]
    fn lines_have_the_numbers_that_an_editor_shows() {
        let text = b"\xef\xbb\xbfone\r\n\n  \nfour\n\xff\xff\nsix";
        let line = |number, text: &str| Ok((number, text.to_owned()));
        assert_eq!(read(text), [line(1, "one"), line(4, "four"), Err(5), line(6, "six")]);
    }

    #[test]
    fn a_line_that_is_too_long_spoils_no_other() {
        let mut text = vec![b'a'; MAX_BYTES];
        text.extend(b"\n");
        text.extend(vec![b'b'; 5 * MAX_BYTES]);
        text.extend(b"\nend");
        let lines = read(&text);
        assert_eq!(lines[0].as_ref().unwrap().1.len(), MAX_BYTES);
        assert_eq!(lines[1..], [Err(2), Ok((3, "end".to_owned()))]);
    }
}
