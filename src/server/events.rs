//! The events of a stream, as servers send them (<https://html.spec.whatwg.org/multipage/server-sent-events.html>), a line each in
//! this protocol.

/// No line of a stream is longer, in bytes.
const MOST_LINE: usize = 4 << 20;

/// Takes in a stream in whatever parts it comes.
#[derive(Debug, Default)]
pub(super) struct Events {
    held: Vec<u8>,
}

/// A line that has no end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLong;

impl Events {
    /// The data of the events that are whole with these bytes. Comments, names of events and blank lines say nothing here.
    pub fn take(&mut self, bytes: &[u8]) -> Result<Vec<String>, TooLong> {
        self.held.extend_from_slice(bytes);
        let whole = self.held.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        if self.held.len() - whole > MOST_LINE {
            return Err(TooLong);
        }
        let lines: Vec<u8> = self.held.drain(..whole).collect();
        let data = lines.split(|&byte| byte == b'\n').filter_map(|line| line.strip_prefix(b"data:"));
        Ok(data.map(|data| String::from_utf8_lossy(data).trim().to_owned()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_whole_however_they_were_cut() {
        let stream = "event: message\ndata: {\"a\": \"é\"}\r\n\r\n: ping\n\ndata:[DONE]\n\n".as_bytes();
        for step in [1, 2, 3, 7, stream.len()] {
            let mut events = Events::default();
            let taken: Vec<String> = stream.chunks(step).flat_map(|part| events.take(part).unwrap()).collect();
            assert_eq!(taken, ["{\"a\": \"é\"}", "[DONE]"], "{step}");
        }
    }

    #[test]
    fn a_line_without_an_end_is_refused() {
        let mut events = Events::default();
        let part = vec![b'a'; 1 << 20];
        let refused = (0..8).map(|_| events.take(&part)).find(Result::is_err);
        assert_eq!(refused, Some(Err(TooLong)));
    }
}
