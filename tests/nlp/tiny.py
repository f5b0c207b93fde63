"""Builds a two-layer transformer that reads single characters, for tests of the loading code."""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]
LETTERS = [chr(code) for code in range(33, 127)] + list(
    "价格有点高好你们这个比别家了快三成而且等货要三个月，明天见"
)


def tiny_tokenizer() -> Tokenizer:
    vocabulary = {piece: number for number, piece in enumerate(dict.fromkeys(SPECIAL + LETTERS))}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Split(Regex("."), "isolated")]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer


def tiny_bert(vocabulary: int, seed: int = 0) -> BertModel:
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=128,
        pad_token_id=1,
    )
    return BertModel(config, add_pooling_layer=False).eval()


def build_tiny_transformer(folder: Path) -> Path:
    tokenizer = tiny_tokenizer()
    tiny_bert(tokenizer.get_vocab_size()).save_pretrained(folder)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        unk_token="<unk>",
        cls_token="<s>",
        sep_token="</s>",
        model_max_length=64,
    ).save_pretrained(folder)
    return folder
