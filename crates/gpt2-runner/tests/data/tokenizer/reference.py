"""Writes text.txt and ids.json: the ids that transformers' GPT2Tokenizer gives for each case of the text.

python reference.py (transformers 5.23, regex); run it in this folder. Cases end at a line of 8 equals signs.
transformers runs the tokenizers library here, as this crate does; so each case is also encoded by the algorithm as
published with GPT-2, written out below, and the two must agree.
"""
import json

import regex
from transformers import GPT2Tokenizer

tokens = "../../../../../data/tokenizer"
tokenizer = GPT2Tokenizer(vocab=f"{tokens}/vocab.json", merges=f"{tokens}/merges.txt")

CASES = [
    "It was a dark and stormy",
    "A plethora of platypuses.",
    "Crème brûlée à la façon d'Émile: naïve, Ångström, œuvre, Straße, ŠĎŤŽ, ﬁ, e\u0301 (decomposed)",
    "😀 👩‍👩‍👧‍👦 🏳️‍🌈 🇨🇭 👍🏽 half: 🤖🤖",
    "你好，世界！日本語のテキスト。한국어 문장. 𠮷野家",
    "مرحبا بالعالم، كيف حالك؟ שלום עולם हिन्दी ภาษาไทย",
    "fn main() {\n    let x: Vec<f32> = vec![0.0; 50_257];\n\tprintln!(\"{x:?}\"); // -> [0.0, …]\n}\n",
    "if (a != b && c <= d) { a ^= ~b >> 3; } /* C++ */ #include <stdio.h>\r\n\r\n",
    "\x00\x01\x02\x07\x08\x0b\x0c\x1b[31mred\x1b[0m\x7f\x80\x9f\xad\ufeff\ufffd\u200b\u2028\u2029end",
    "one  two   three    four     five          ten\t\ttabs \t mixed\u00a0\u00a0nbsp\u3000wide ",
    "line\n\nparagraph\n\n\n\nfour\r\n\r\nwindows \n \n trailing   \n   ",
    "I'm you're he's we'd they'll I've can't 'Tis o'clock I'M YOU'RE HE'S WE'D THEY'LL I'VE CAN'T don’t",
    "   ",
    "\n",
    " leading and trailing ",
    "1234567890 3.14159 1,000,000 ²³¼½ Ⅷ ٣٤٥ 1e-10 0xDEADBEEF",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "SolidGoldMagikarp RandomRedditorWithNo PsyNetMessage",
    "before<|endoftext|>after <|endoftext|> <|endoftext|><|endoftext|>",
    "<|endoftext", "endoftext|>", "<|ENDOFTEXT|>",
    "https://example.org/a?b=c&d=%20#e user@example.org C:\\path\\file.txt",
    "\u0130stanbul \u1e9e \u03a3\u03c2 \u0390 \ufb03 \u2126",
    "Zalgo: Z̸̢͎a̴͍̿l̶̰̈g̵̛̪o̷͙͝",
]

printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
others = [b for b in range(256) if b not in printable]
BYTE_TO_CHAR = {b: chr(b) for b in printable} | {b: chr(256 + n) for n, b in enumerate(others)}
VOCAB = json.load(open(f"{tokens}/vocab.json", encoding="utf-8"))
with open(f"{tokens}/merges.txt", encoding="utf-8") as merges:
    RANKS = {tuple(m.split()): n for n, m in enumerate(merges.read().split("\n")[1:-1])}
WORDS = regex.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")


def merged(symbols):
    """Merges the adjacent pair of the lowest rank until no pair has one."""
    while len(symbols) > 1:
        best = min(zip(symbols, symbols[1:]), key=lambda pair: RANKS.get(pair, len(RANKS)))
        if best not in RANKS:
            break
        out, n = [], 0
        while n < len(symbols):
            if tuple(symbols[n : n + 2]) == best:
                out.append("".join(best))
                n += 2
            else:
                out.append(symbols[n])
                n += 1
        symbols = out
    return symbols


def published(text):
    ids = []
    for n, part in enumerate(text.split("<|endoftext|>")):
        ids += [50256] if n else []
        for word in WORDS.findall(part):
            ids += [VOCAB[s] for s in merged([BYTE_TO_CHAR[b] for b in word.encode()])]
    return ids


for case in CASES:
    assert tokenizer.encode(case) == published(case), case

with open("text.txt", "w", encoding="utf-8", newline="") as text:
    text.write("\n========\n".join(CASES))
with open("ids.json", "w") as ids:
    json.dump([tokenizer.encode(case) for case in CASES], ids)
    ids.write("\n")
