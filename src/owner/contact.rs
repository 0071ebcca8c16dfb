//! By what customers reach a shop: the rules of FORMAT §7 for what customers write, and numbers that only ring inside the country.

use segel_core::answers;

/// Whether an e-mail address can exist.
pub(crate) fn email(text: &str) -> bool {
    answers::email(text)
}

/// Whether WhatsApp knows such numbers: those of the whole world.
pub(crate) fn whatsapp(text: &str) -> bool {
    answers::phone(text).is_some()
}

/// The same, or a number as it is dialled at home, which may have an extension: `(022) 420 1234 ext. 5`, `1500 678`.
pub(crate) fn phone(text: &str) -> bool {
    let lower = text.to_lowercase();
    let number = ["ext", "pes"].iter().find_map(|word| Some(lower.split_once(word)?.0)).unwrap_or(&lower);
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    let plain = number.chars().all(|letter| letter.is_ascii_digit() || " .-()\u{a0}".contains(letter));
    whatsapp(text) || plain && (4..=13).contains(&digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shop_writes_is_told_from_what_nobody_answers() {
        for good in [
            "+62 812 0000 0000",
            "0812-3456-7890",
            "(022) 420 1234",
            "(022) 4201234 ext. 5",
            "1500 678",
            "+65 6123 4567",
        ] {
            assert!(phone(good), "{good}");
        }
        for bad in ["", "ada", "123", "halo@toko.example", "0812 / 0813", "+62", "ext. 5", "08123456789012345"] {
            assert!(!phone(bad), "{bad}");
        }
        for bad in ["(022) 420 1234", "1500 678", "0812 3456 7890 (Sari)"] {
            assert!(!whatsapp(bad), "{bad}");
        }
        for bad in
            ["halo", "halo@toko", "halo@toko.example, sari@toko.example", "@toko.example", "https://toko.example"]
        {
            assert!(!email(bad), "{bad}");
        }
        assert!(whatsapp("0812 3456 7890") && email("halo@toko.example"));
    }
}
