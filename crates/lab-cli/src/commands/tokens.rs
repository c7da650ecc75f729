use gpt2_runner::Gpt2Tokenizer;

use crate::{
    Error,
    cli::TokensArgs,
    print::torch_ids,
    terminal,
    text::{Kind, Line},
    token::Prompt,
};

pub(super) fn run(args: &TokensArgs) -> Result<Prompt, Error> {
    Prompt::new(&terminal::text_or_stdin(&args.text)?, &Gpt2Tokenizer::published()?)
}

impl Prompt {
    pub(super) fn lines(&self) -> Vec<Line> {
        let line = |text: String| Line::new(Kind::Notebook, text);
        let mut lines = vec![line(torch_ids(&self.ids))];
        lines.push(line(format!("The text comprises {} tokens.", self.ids.len())));
        lines.push(line(String::new()));
        lines.extend(self.ids.iter().zip(&self.words).map(|(id, word)| line(format!("{id:5} is \"{word}\""))));
        lines
    }
}
