//! Reads the dates of cookies, which come in many spellings (RFC 6265, 5.1.1).

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// Seconds since 1970; none where it is not a date.
pub(super) fn cookie_date(text: &str) -> Option<i64> {
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    let is_delimiter = |c: char| !(c.is_ascii_alphanumeric() || c == ':' || !c.is_ascii());
    for token in text.split(is_delimiter).filter(|token| !token.is_empty()) {
        if time.is_none()
            && let Some(found) = time_of(token)
        {
            time = Some(found);
        } else if day.is_none()
            && let Some(found) = number(token, 1, 2)
        {
            day = Some(found);
        } else if month.is_none()
            && let Some(found) = month_of(token)
        {
            month = Some(found);
        } else if year.is_none()
            && let Some(found) = number(token, 2, 4)
        {
            year = Some(found);
        }
    }
    let year = match year? {
        short @ 70..=99 => short + 1900,
        short @ 0..=69 => short + 2000,
        year => year,
    };
    if year < 1601 {
        return None;
    }
    let (hour, minute, second) = time?;
    let small = |number: i16| i8::try_from(number).ok();
    let date = DateTime::new(
        year,
        month?,
        small(day?)?,
        small(hour)?,
        small(minute)?,
        small(second)?,
        0,
    );
    let moment = TimeZone::UTC.to_timestamp(date.ok()?);
    Some(moment.ok()?.as_second())
}

fn time_of(token: &str) -> Option<(i16, i16, i16)> {
    let mut parts = token.splitn(3, ':');
    let mut part = || number(parts.next()?, 1, 2);
    Some((part()?, part()?, part()?))
}

fn month_of(token: &str) -> Option<i8> {
    let name = token.get(..3)?.to_ascii_lowercase();
    let at = MONTHS.iter().position(|month| *month == name)?;
    i8::try_from(at + 1).ok()
}

/// A number of so many digits that the token begins with; what follows is not a digit.
fn number(token: &str, least: usize, most: usize) -> Option<i16> {
    let digits = token.bytes().take_while(u8::is_ascii_digit).count();
    if !(least..=most).contains(&digits) {
        return None;
    }
    token.get(..digits)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_the_spellings_that_servers_use() {
        for (text, seconds) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Wed, 09 Jun 2021 10:18:14 GMT", Some(1_623_233_894)),
            ("Wed, 09-Jun-21 10:18:14 GMT", Some(1_623_233_894)),
            ("Wed Jun  9 10:18:14 2021", Some(1_623_233_894)),
            ("9 june 2021 10:18:14 UTC", Some(1_623_233_894)),
            ("Fri, 31 Dec 1999 23:59:59 GMT", Some(946_684_799)),
            ("31 Feb 2021 10:18:14", None),
            ("09 Jun 2021", None),
            ("09 Jun 1600 10:18:14", None),
            ("25:61:61 09 Jun 2021", None),
            ("tomorrow", None),
            ("", None),
        ] {
            assert_eq!(cookie_date(text), seconds, "{text}");
        }
    }
}
