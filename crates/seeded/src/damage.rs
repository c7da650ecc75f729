use crate::Random;

/// Damages a text: a byte, a number, a piece, a character that acts on terminals.
pub fn damage_text(text: &mut Vec<u8>, random: &mut Random) {
    if text.is_empty() {
        return;
    }
    let at = random.below(text.len());
    match random.below(7) {
        0 => text[at] = random.below(256) as u8,
        1 => text[at] = b"0123456789[]{}\",:-.eE "[random.below(22)],
        2 => drop(text.drain(at..(at + random.below(40)).min(text.len()))),
        3 => {
            let piece = text[at..(at + random.below(200)).min(text.len())].to_vec();
            let to = random.below(text.len());
            text.splice(to..to, piece);
        }
        4 => {
            let acts = ["\\u001b[31m", "\\u0000", "\\n", "\u{9b}2J", "\u{202e}", "\u{7f}", "\u{2028}"];
            text.splice(at..at, acts[random.below(acts.len())].bytes());
        }
        // Another number in place of the next one.
        _ => {
            let Some(start) = text[at..].iter().position(u8::is_ascii_digit).map(|n| at + n) else { return };
            let digits = text[start..].iter().take_while(|b| b.is_ascii_digit()).count();
            text.splice(start..start + digits, random.number().to_string().into_bytes());
        }
    }
}

/// Damages a safetensors file: the header's length, the header, with or without its length set right again, the values,
/// or the end.
///
/// # Panics
/// If it is none to begin with, or has no values.
pub fn damage_safetensors(file: &mut Vec<u8>, random: &mut Random) {
    let length = u64::from_le_bytes(file[..8].try_into().expect("it begins with a length")) as usize;
    let values = 8 + length;
    match random.below(10) {
        0 => file[random.below(8)] = random.below(256) as u8,
        1 => file[..8].copy_from_slice(&random.number().to_le_bytes()),
        2 => file.truncate(random.below(file.len() + 1)),
        3 => file.extend(vec![0; random.below(100)]),
        4 => {
            for _ in 0..random.below(1000) {
                let at = values + random.below(file.len() - values);
                file[at] = random.below(256) as u8;
            }
        }
        _ => {
            let mut header = file[8..values].to_vec();
            for _ in 0..=random.below(3) {
                damage_text(&mut header, random);
            }
            let new_length = if random.below(4) == 0 { length } else { header.len() } as u64;
            file.splice(8..values, header);
            file[..8].copy_from_slice(&new_length.to_le_bytes());
        }
    }
}
