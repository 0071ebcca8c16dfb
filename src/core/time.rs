//! Instants and durations as the format writes them; UTC to the second, no clock. FORMAT §1.
//!
//! Core never asks what time it is: whoever calls passes a [`Time`] in.

use alloc::string::String;
use core::fmt;

/// An instant, UTC, to the second: `2026-11-23T03:12:46Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

impl Time {
    /// From seconds since 1970-01-01T00:00:00Z; `None` outside the years 1970 to 9999.
    #[must_use]
    pub const fn from_unix(seconds: i64) -> Option<Self> {
        if seconds >= 0 && seconds < END { Some(Self(seconds)) } else { None }
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn unix(self) -> i64 {
        self.0
    }

    /// Parses `YYYY-MM-DDTHH:MM:SSZ`; `None` for any other spelling or a date that does not exist.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'Z')];
        if bytes.len() != 20 || marks.iter().any(|(at, mark)| bytes[*at] != *mark) {
            return None;
        }
        let number = |from: usize, to: usize| digits(&bytes[from..to]);
        let date = Date::new(number(0, 4)?, number(5, 7)?, number(8, 10)?)?;
        let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        Self::from_unix(date.days() * DAY + i64::from(hour * 3600 + minute * 60 + second))
    }

    /// The calendar day in UTC.
    #[must_use]
    pub fn date(self) -> Date {
        Date::from_days(self.0.div_euclid(DAY))
    }

    /// This instant and a duration; the end of the calendar (9999) if it would be later.
    #[must_use]
    pub fn plus(self, span: Span) -> Self {
        let count = u32::from(span.count);
        let day = self.0.div_euclid(DAY);
        let day = match span.unit {
            Unit::Years => Date::from_days(day).plus_months(count * 12).days(),
            Unit::Months => Date::from_days(day).plus_months(count).days(),
            Unit::Weeks => day + i64::from(count) * 7,
            Unit::Days => day + i64::from(count),
        };
        Self((day * DAY + self.0.rem_euclid(DAY)).min(END - 1))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl Time {
    /// `YYYY-MM-DDTHH:MM:SSZ`, without the weight of formatting machinery in the customer's download.
    #[must_use]
    pub fn text(self) -> String {
        let mut text = self.date().text();
        let second = self.0.rem_euclid(DAY) as u32;
        for (mark, value) in [('T', second / 3600), (':', second / 60 % 60), (':', second % 60)] {
            text.push(mark);
            push_digits(&mut text, value, 2);
        }
        text.push('Z');
        text
    }
}

/// A day of the Gregorian calendar, years 0 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u32,
    month: u32,
    day: u32,
}

impl Date {
    /// The day, if it exists.
    #[must_use]
    pub fn new(year: u32, month: u32, day: u32) -> Option<Self> {
        let exists = year <= 9999 && (1..=12).contains(&month) && day >= 1 && day <= month_length(year, month);
        exists.then_some(Self { year, month, day })
    }

    /// Parses `YYYY-MM-DD`; `None` for any other spelling or a day that does not exist.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return None;
        }
        Self::new(digits(&bytes[..4])?, digits(&bytes[5..7])?, digits(&bytes[8..])?)
    }

    /// Year, month 1 to 12, day 1 to 31.
    #[must_use]
    pub const fn parts(self) -> (u32, u32, u32) {
        (self.year, self.month, self.day)
    }

    /// `YYYY-MM-DD`.
    #[must_use]
    pub fn text(self) -> String {
        let mut text = String::with_capacity(20);
        push_digits(&mut text, self.year, 4);
        for value in [self.month, self.day] {
            text.push('-');
            push_digits(&mut text, value, 2);
        }
        text
    }

    /// Days since 1970-01-01, by the era arithmetic of the civil calendar (March is the first month).
    fn days(self) -> i64 {
        let year = i64::from(self.year) - i64::from(self.month <= 2);
        let month = i64::from((self.month + 9) % 12);
        let in_year = (153 * month + 2) / 5 + i64::from(self.day) - 1;
        year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + in_year - 719_468
    }

    fn from_days(days: i64) -> Self {
        let days = days + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let shifted = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year + era * 400 + i64::from(month <= 2);
        Self { year: year as u32, month: month as u32, day: day as u32 }
    }

    /// The same day some months later; the last day of that month if it has fewer (31 January + 1 month = 28 February).
    fn plus_months(self, months: u32) -> Self {
        let total = self.year * 12 + self.month - 1 + months;
        let (year, month) = (total / 12, total % 12 + 1);
        Self { year, month, day: self.day.min(month_length(year, month)) }
    }
}

/// A duration with one unit: `P2Y`, `P18M`, `P6W`, `P90D`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Span {
    count: u16,
    unit: Unit,
}

/// What a [`Span`] counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unit {
    /// Calendar years.
    Years,
    /// Calendar months.
    Months,
    /// Weeks of seven days.
    Weeks,
    /// Days of 24 hours.
    Days,
}

impl Span {
    /// Parses `P`, 1 to 9999, and one of `Y M W D`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (number, unit) = match text.as_bytes() {
            [b'P', number @ .., unit] => (number, unit),
            _ => return None,
        };
        if number.len() > 4 || number.first() == Some(&b'0') {
            return None;
        }
        let unit = match unit {
            b'Y' => Unit::Years,
            b'M' => Unit::Months,
            b'W' => Unit::Weeks,
            b'D' => Unit::Days,
            _ => return None,
        };
        Some(Self { count: digits(number)? as u16, unit })
    }

    /// That many days.
    #[must_use]
    pub const fn days(count: u16) -> Self {
        Self { count, unit: Unit::Days }
    }

    /// How many, 1 to 9999.
    #[must_use]
    pub const fn count(self) -> u16 {
        self.count
    }

    /// Of what.
    #[must_use]
    pub const fn unit(self) -> Unit {
        self.unit
    }

    /// ISO 8601, as parsed.
    #[must_use]
    pub fn text(self) -> String {
        let mut text = String::from("P");
        push_decimal(&mut text, u64::from(self.count));
        text.push(match self.unit {
            Unit::Years => 'Y',
            Unit::Months => 'M',
            Unit::Weeks => 'W',
            Unit::Days => 'D',
        });
        text
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

/// Appends a decimal number without sign or leading zero.
pub(crate) fn push_decimal(text: &mut String, value: u64) {
    if value >= 10 {
        push_decimal(text, value / 10);
    }
    text.push(char::from(b'0' + (value % 10) as u8));
}

fn push_digits(text: &mut String, value: u32, width: u32) {
    for place in (0..width).rev() {
        text.push(char::from(b'0' + (value / 10_u32.pow(place) % 10) as u8));
    }
}

fn digits(bytes: &[u8]) -> Option<u32> {
    if bytes.is_empty() || bytes.len() > 9 {
        return None;
    }
    bytes.iter().try_fold(0, |value, byte| byte.is_ascii_digit().then(|| value * 10 + u32::from(byte - b'0')))
}

fn month_length(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

const DAY: i64 = 86_400;
/// 10000-01-01T00:00:00Z: the first instant that the format cannot write.
const END: i64 = 253_402_300_800;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_it_reads_and_refuses_other_spellings() {
        for text in ["1970-01-01T00:00:00Z", "2026-11-23T03:12:46Z", "2024-02-29T23:59:59Z", "9999-12-31T23:59:59Z"] {
            assert_eq!(Time::parse(text).unwrap().text(), text);
        }
        assert_eq!(Time::parse("2026-11-23T03:12:46Z").unwrap().unix(), 1_795_403_566);
        for wrong in [
            "2026-11-23T03:12:46",
            "2026-11-23 03:12:46Z",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-11-23T24:00:00Z",
            "2026-11-23T03:12:60Z",
            "2026-11-23T03:12:4٦Z",
            "1969-12-31T23:59:59Z",
        ] {
            assert_eq!(Time::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_day_of_four_centuries_survives_the_round_trip() {
        for days in 0..146_097 {
            assert_eq!(Date::from_days(days).days(), days);
        }
    }

    #[test]
    fn adds_calendar_months_and_plain_days() {
        let at = |text: &str| Time::parse(text).unwrap();
        let span = |text: &str| Span::parse(text).unwrap();
        assert_eq!(at("2024-02-29T01:02:03Z").plus(span("P1Y")), at("2025-02-28T01:02:03Z"));
        assert_eq!(at("2026-01-31T00:00:00Z").plus(span("P1M")), at("2026-02-28T00:00:00Z"));
        assert_eq!(at("2026-11-23T03:12:46Z").plus(span("P90D")), at("2027-02-21T03:12:46Z"));
        assert_eq!(at("2026-11-23T03:12:46Z").plus(span("P9999Y")), at("9999-12-31T23:59:59Z"));
    }

    #[test]
    fn spans_have_one_spelling() {
        assert_eq!(Span::parse("P2Y").unwrap().text(), "P2Y");
        for wrong in ["P", "P0D", "P02Y", "2Y", "P2H", "P99999D", "P-1D", "P1Y2M", "PT1H"] {
            assert_eq!(Span::parse(wrong), None, "{wrong}");
        }
    }
}
