//! The section for the reader's own text: the input, the models' predictions, and the insides of the models.

use lab::source::ModelSource;
use maud::{Markup, html};

use super::panels::{choice, keyed_canvas, logarithmic, order, slider, temperature};

/// The section for a page that is served with these models.
pub(super) fn own_text(models: &[ModelSource]) -> Markup {
    html! {
        section id="part0" {
            h2 { "Your own text" }
            p { "Type a text and press Enter: both models read it, and all parts below follow. A click on a token goes \
                 on with it." }
            div.live #live0 data-needs="data" hidden {
                textarea #text0 rows="2" aria-label="Your text" placeholder="It was a dark and stormy" {}
                ol.chips #chips0 aria-label="The text's tokens; a click goes back to one" {}
                div.said #said0 role="status" {}
                div.controls {
                    button #read0 type="button" { "Read" }
                    @for (n, model) in models.iter().enumerate() {
                        button.speak type="button" data-model=(n) { "Let " (model.facts.title) " go on" }
                    }
                    button #stop0 type="button" hidden { "Stop" }
                    label.field { "Tokens " input #count0 type="number" data-bind="count" min="1" max="1024"; }
                    label.field { "Seed " input #seed0 type="number" data-bind="seed" min="0"; }
                }
                div.controls {
                    (temperature())
                    (logarithmic("k", "top-k", 1.0, 50_257.0, 0))
                    (slider("p", "top-p", 0.01, 1.0, 0.01))
                    (slider("minP", "min-p", 0.0, 0.5, 0.005))
                    (order())
                }
                div.tabs {
                    (choice("tab", "See", &[
                        ("next", "What comes next"), ("lens", "Lens"), ("attention", "Attention"),
                    ]))
                }
                p.hint #stages0 { "Probabilities at this temperature, after the stages above." }
                div.split #next0 {
                    @for (n, model) in models.iter().enumerate() {
                        div {
                            h3 { (model.facts.title) }
                            ol.next data-model=(n) aria-label={ "What " (model.facts.title) " expects" } {}
                        }
                    }
                }
                (inside(models))
                h3 { "Branches" }
                ol.branches #branches0 aria-label="Texts so far" {}
            }
        }
    }
}

/// The lens and the attention of one of the models.
fn inside(models: &[ModelSource]) -> Markup {
    let numbers: Vec<String> = (0..models.len()).map(|n| n.to_string()).collect();
    let names: Vec<_> = numbers.iter().zip(models).map(|(n, model)| (n.as_str(), model.facts.title.as_str())).collect();
    let each =
        |of: fn(&ModelSource) -> usize| models.iter().map(|model| of(model).to_string()).collect::<Vec<_>>().join(",");
    let most = |of: fn(&ModelSource) -> usize| models.iter().map(of).max().unwrap_or(1).saturating_sub(1) as f64;
    html! {
        div #inside0 data-layer=(each(|model| model.n_layer)) data-head=(each(|model| model.n_head)) hidden {
            p.hint #what0 {}
            div.controls {
                (choice("reader", "Model", &names))
                div.controls #heads0 {
                    (slider("layer", "Layer", 0.0, most(|model| model.n_layer), 1.0))
                    (slider("head", "Head", 0.0, most(|model| model.n_head), 1.0))
                    (choice("scores", "Scores", &[
                        ("softmax", "after softmax"), ("scaled", "scaled"), ("raw", "raw"),
                    ]))
                }
            }
            p.said #told0 role="status" {}
            div.wide.cells #lens0 hidden {}
            div.wide.heat #attention0 hidden {
                (keyed_canvas("heat0", "Which token looks at which. Arrow keys go from cell to cell"))
            }
        }
        div.tip #tip0 role="status" hidden {}
    }
}
