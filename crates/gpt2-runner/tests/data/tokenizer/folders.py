"""Writes folders.json: the ids that transformers gives for a text with each variation of a tokenizer's files.

python folders.py (transformers 5.24); run it in this folder. Each case is a folder with a GPT-2 config.json, the
published tables (as vocab.json and merges.txt, or in a tokenizer.json), and the files that the case names.
"""
import json
import os
import shutil
import tempfile

os.environ["HF_HUB_OFFLINE"] = "1"
import transformers

transformers.logging.set_verbosity_error()
TABLES = "../../../../../data/tokenizer"
VOCAB = json.load(open(f"{TABLES}/vocab.json", encoding="utf-8"))
MERGES = open(f"{TABLES}/merges.txt", encoding="utf-8").read().split("\n")[1:-1]

LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
PLAIN = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": True, "special": False}
END = {**PLAIN, "id": 50256, "content": "<|endoftext|>", "special": True}
X_LSTRIP = {**PLAIN, "id": 50257, "content": "<x>", "lstrip": True}
TOKENIZER = {
    "version": "1.0", "truncation": None, "padding": None, "added_tokens": [END], "normalizer": None,
    "pre_tokenizer": LEVEL, "post_processor": LEVEL, "decoder": LEVEL,
    "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "",
              "end_of_word_suffix": "", "fuse_unk": False},
}
STORMY = "It was a dark and stormy"
TEXT = "It was<|endoftext|> a da\u0301rk  <x>  and [PAD] stormy<x>y <|im|> 1984!"
FILE = {"tokenizer_class": "PreTrainedTokenizerFast"}
TEMPLATE = {
    "type": "TemplateProcessing",
    "single": [{"SpecialToken": {"id": "<|endoftext|>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
    "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
    "special_tokens": {"<|endoftext|>": {"id": "<|endoftext|>", "ids": [50256], "tokens": ["<|endoftext|>"]}},
}
ROBERTA = {"type": "RobertaProcessing", "sep": ["<x>", 87], "cls": ["<|endoftext|>", 50256], "trim_offsets": True, "add_prefix_space": True}
BERT = {"type": "BertProcessing", "sep": ["<x>", 87], "cls": ["<|endoftext|>", 50256]}
LLAMA_3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN_2 = LLAMA_3.replace("{1,3}", "")
GPT_2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


def split(pattern, behavior="Isolated", invert=False):
    step = {"type": "Split", "pattern": {"Regex": pattern}, "behavior": behavior, "invert": invert}
    return {"type": "Sequence", "pretokenizers": [step, {**LEVEL, "use_regex": False}]}


def token(content, **settings):
    return {**PLAIN, "content": content, **settings}


CASES = []


def case(name, text=TEXT, tokenizer_json=None, **files):
    CASES.append({"name": name, "text": text, "tokenizer_json": tokenizer_json, **files})


# What fine-tuning scripts leave in a tokenizer.json.
for name, changes in [
    ("truncation", {"truncation": {"direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0}}),
    ("left truncation", {"truncation": {"direction": "Left", "max_length": 4, "strategy": "LongestFirst", "stride": 0}}),
    ("fixed padding", {"padding": {"strategy": {"Fixed": 16}, "direction": "Left", "pad_to_multiple_of": None,
                                   "pad_id": 50256, "pad_type_id": 0, "pad_token": "<|endoftext|>"}}),
    ("padding to a multiple", {"padding": {"strategy": "BatchLongest", "direction": "Right", "pad_to_multiple_of": 8,
                                           "pad_id": 50256, "pad_type_id": 0, "pad_token": "<|endoftext|>"}}),
]:
    case(name, STORMY, changes)
    case(f"{name}, as the file says", STORMY, changes, tokenizer_config=FILE)

# tokenizer_config.json, beside tables and beside a tokenizer.json.
for name, config in [
    ("add_prefix_space", {"add_prefix_space": True}),
    ("add_bos_token", {"add_bos_token": True}),
    ("add_eos_token", {"add_eos_token": True}),
    ("all three", {"add_prefix_space": True, "add_bos_token": True, "add_eos_token": True}),
    ("bos_token", {"add_bos_token": True, "bos_token": "<x>"}),
    ("a bos_token that is a word", {"bos_token": "was"}),
    ("a bos_token with rstrip", {"add_bos_token": True, "bos_token": {"__type": "AddedToken", **token("<x>", rstrip=True)}}),
    ("bos_token null", {"add_bos_token": True, "bos_token": None}),
    ("pad_token and eos_token", {"pad_token": "[PAD]", "eos_token": "<x>"}),
    ("additional_special_tokens", {"additional_special_tokens": ["<|im|>", "<x>"]}),
    ("extra_special_tokens", {"extra_special_tokens": {"im_token": "<|im|>"}, "image_token": "<x>"}),
    ("split_special_tokens", {"split_special_tokens": True, "pad_token": "[PAD]"}),
    ("what changes no ids", {"model_max_length": 4, "errors": "strict", "clean_up_tokenization_spaces": True,
                             "padding_side": "left", "truncation_side": "left", "pad_token": "<|endoftext|>"}),
    ("added_tokens_decoder", {"added_tokens_decoder": {
        "50256": token("<|endoftext|>", special=True), "50258": token("[PAD]", lstrip=True, special=True),
        "50257": token("<x>", rstrip=True)}}),
    ("single_word", {"added_tokens_decoder": {"50257": token("<x>", single_word=True), "50258": token("or", single_word=True)}}),
]:
    for tokenizer_json, beside in [(None, "tables"), ({}, "tokenizer.json"), ({"post_processor": None}, "tokenizer.json without post_processor")]:
        case(f"{name}, beside {beside}", tokenizer_json=tokenizer_json, tokenizer_config=config)
    case(f"{name}, as the file says", tokenizer_json={}, tokenizer_config={**FILE, **config})

# Older files beside them.
case("added_tokens.json", added_tokens={"<x>": 50257, "[PAD]": 50258})
case("added_tokens.json with gaps", added_tokens={"<x>": 50300, "[PAD]": 50259})
case("added_tokens.json and special tokens", added_tokens={"<x>": 50257, "[PAD]": 50258}, special_tokens_map={"pad_token": "[PAD]"})
case("special_tokens_map.json", special_tokens_map={
    "bos_token": "<x>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>", "pad_token": "[PAD]"})
case("special_tokens_map.json with settings", special_tokens_map={
    "bos_token": {"content": "<x>", "lstrip": True, "normalized": False, "rstrip": True, "single_word": False},
    "pad_token": {"content": "[PAD]", "lstrip": False, "normalized": True, "rstrip": False, "single_word": True}})
case("special_tokens_map.json names the token of add_bos_token", special_tokens_map={"bos_token": "<x>"},
     tokenizer_config={"add_bos_token": True, "bos_token": "[PAD]"})
case("special_tokens_map.json with additional_special_tokens", special_tokens_map={"additional_special_tokens": ["<|im|>", "<x>"]})
case("special_tokens_map.json with extra_special_tokens", special_tokens_map={
    "extra_special_tokens": ["<|im|>", {"content": "<x>", "lstrip": True, "normalized": False, "rstrip": True, "single_word": False}]})
case("added_tokens_decoder before older files", tokenizer_config={"added_tokens_decoder": {"50257": token("<x>")}},
     added_tokens={"<|im|>": 50259}, special_tokens_map={"pad_token": "[PAD]"})

# Added tokens in a tokenizer.json.
LSTRIP = {"added_tokens": [END, X_LSTRIP]}
case("added token", tokenizer_json=LSTRIP)
case("added token, as the file says", tokenizer_json=LSTRIP, tokenizer_config=FILE)
case("added token with a gap, as the file says", tokenizer_json={"added_tokens": [END, {**X_LSTRIP, "id": 50300}]}, tokenizer_config=FILE)
case("added token and another added_tokens_decoder", tokenizer_json=LSTRIP, tokenizer_config={"added_tokens_decoder": {"50257": token("[PAD]")}})
case("added token and added_tokens.json", tokenizer_json=LSTRIP, added_tokens={"[PAD]": 50258})
case("added token, more in the configuration, as the file says", tokenizer_json=LSTRIP, tokenizer_config={
    **FILE, "added_tokens_decoder": {"50257": token("<x>", rstrip=True), "50258": token("[PAD]")}, "bos_token": "<|im|>"})
case("added token split, as the file says", tokenizer_json=LSTRIP, tokenizer_config={**FILE, "split_special_tokens": True})

# Other parts of a tokenizer.json: GPT2Tokenizer, which is the default, replaces all but tables and post_processor.
for name, changes in [
    ("prefix space", {"pre_tokenizer": {**LEVEL, "add_prefix_space": True}}),
    ("no regex", {"pre_tokenizer": {**LEVEL, "use_regex": False}}),
    ("digits", {"pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": True}, LEVEL]}}),
    ("Llama 3's pattern", {"pre_tokenizer": split(LLAMA_3)}),
    ("Llama 3's pattern, inverted", {"pre_tokenizer": split(LLAMA_3, "Removed", True)}),
    ("Qwen 2's pattern and NFC", {"pre_tokenizer": split(QWEN_2), "normalizer": {"type": "NFC"}}),
    ("GPT-2's pattern", {"pre_tokenizer": split(GPT_2)}),
    ("NFC", {"normalizer": {"type": "NFC"}}),
    ("NFKD", {"normalizer": {"type": "NFKD"}}),
    ("NFC and lowercase", {"normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Lowercase"}]}}),
    ("template", {"post_processor": TEMPLATE}),
    ("template in a sequence", {"post_processor": {"type": "Sequence", "processors": [LEVEL, TEMPLATE]}}),
    ("RoBERTa", {"post_processor": ROBERTA}),
    ("BERT", {"post_processor": BERT}),
    ("ignore_merges", {"model": {"ignore_merges": True}}),
    ("no special tokens", {"added_tokens": []}),
    ("null everywhere", {"model": {"continuing_subword_prefix": None, "end_of_word_suffix": None}, "post_processor": None}),
]:
    case(f"{name}, rebuilt", tokenizer_json=changes)
    case(f"{name}, as the file says", tokenizer_json=changes, tokenizer_config=FILE)

# A start of text.
for text in ["", " x", "\nx", "<|endoftext|>x y<|endoftext|>"]:
    case(f"prefix space before {text!r}", text, tokenizer_config={"add_prefix_space": True})
case("template around nothing", "", {"post_processor": TEMPLATE})

for case in CASES:
    folder = tempfile.mkdtemp()
    json.dump({"model_type": "gpt2"}, open(f"{folder}/config.json", "w"))
    if case["tokenizer_json"] is None:
        for file in ("vocab.json", "merges.txt"):
            shutil.copy(f"{TABLES}/{file}", folder)
    else:
        model = {**TOKENIZER["model"], **case["tokenizer_json"].get("model", {}), "vocab": VOCAB, "merges": MERGES}
        json.dump({**TOKENIZER, **case["tokenizer_json"], "model": model}, open(f"{folder}/tokenizer.json", "w"))
    for file in ("tokenizer_config", "special_tokens_map", "added_tokens"):
        if file in case:
            json.dump(case[file], open(f"{folder}/{file}.json", "w"))
    case["ids"] = transformers.AutoTokenizer.from_pretrained(folder)(case["text"])["input_ids"]
    shutil.rmtree(folder)

with open("folders.json", "w", encoding="utf-8", newline="") as file:
    file.write("[\n" + ",\n".join(json.dumps(case) for case in CASES) + "\n]\n")
