//! A small recurrent network: one layer that squeezes, one gated recurrent unit (Cho and others, 2014), one output.
//!
//! Its weights are made by `training/hall/train.py`; the file holds, for each row of each matrix, a scale (f32, little
//! endian) and the weights as signed bytes, and after each matrix its biases (f32).

use super::facts::FACTS;

/// Units of each layer.
const HIDDEN: usize = 40;
const WEIGHTS: &[u8] = include_bytes!("weights.bin");

/// A matrix with a bias for each row.
struct Layer {
    columns: usize,
    weights: Vec<f32>,
    biases: Vec<f32>,
}

impl Layer {
    /// Takes its weights off the front of the file. What is missing is 0: the test of the file's length would have failed.
    fn read(file: &mut &[u8], rows: usize, columns: usize) -> Self {
        let mut weights = Vec::with_capacity(rows * columns);
        for _ in 0..rows {
            let scale = number(file);
            let (row, rest) = file.split_at(columns.min(file.len()));
            weights.extend(row.iter().map(|byte| f32::from(byte.cast_signed()) * scale));
            *file = rest;
        }
        weights.resize(rows * columns, 0.0);
        Self { columns, weights, biases: (0..rows).map(|_| number(file)).collect() }
    }

    /// The row's product with the input, and its bias.
    fn run<'a>(&'a self, input: &'a [f32]) -> impl Iterator<Item = f32> + 'a {
        let rows = self.weights.chunks_exact(self.columns).zip(&self.biases);
        rows.map(move |(row, bias)| bias + row.iter().zip(input).map(|(w, x)| w * x).sum::<f32>())
    }
}

fn number(file: &mut &[u8]) -> f32 {
    let Some((number, rest)) = file.split_first_chunk::<4>() else { return 0.0 };
    *file = rest;
    f32::from_le_bytes(*number)
}

/// The network and what it remembers.
pub(super) struct Network {
    squeeze: Layer,
    from_input: Layer,
    from_memory: Layer,
    output: Layer,
    memory: [f32; HIDDEN],
}

impl Network {
    pub fn new() -> Self {
        let mut file = WEIGHTS;
        Self {
            squeeze: Layer::read(&mut file, HIDDEN, FACTS),
            from_input: Layer::read(&mut file, 3 * HIDDEN, HIDDEN),
            from_memory: Layer::read(&mut file, 3 * HIDDEN, HIDDEN),
            output: Layer::read(&mut file, 1, HIDDEN),
            memory: [0.0; HIDDEN],
        }
    }

    /// Takes the facts of the next frame; returns the probability, 0 to 1.
    pub fn push(&mut self, facts: &[f32; FACTS]) -> f32 {
        let squeezed: Vec<f32> = self.squeeze.run(facts).map(f32::tanh).collect();
        let input: Vec<f32> = self.from_input.run(&squeezed).collect();
        let memory: Vec<f32> = self.from_memory.run(&self.memory).collect();
        let gates = input.chunks_exact(HIDDEN).zip(memory.chunks_exact(HIDDEN));
        let [Some((reset_x, reset_h)), Some((keep_x, keep_h)), Some((new_x, new_h))] =
            std::array::from_fn(|i| gates.clone().nth(i))
        else {
            return 0.0;
        };
        for (i, slot) in self.memory.iter_mut().enumerate() {
            let at = |values: &[f32]| values.get(i).copied().unwrap_or(0.0);
            let reset = sigmoid(at(reset_x) + at(reset_h));
            let keep = sigmoid(at(keep_x) + at(keep_h));
            let new = (at(new_x) + reset * at(new_h)).tanh();
            *slot = new + keep * (*slot - new);
        }
        self.output.run(&self.memory).map(sigmoid).next().unwrap_or(0.0)
    }

    /// Forgets what it has heard.
    pub fn reset(&mut self) {
        self.memory = [0.0; HIDDEN];
    }
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_has_exactly_the_weights() {
        let matrix = |rows: usize, columns: usize| rows * (columns + 8);
        let length = matrix(HIDDEN, FACTS) + 2 * matrix(3 * HIDDEN, HIDDEN) + matrix(1, HIDDEN);
        assert_eq!(WEIGHTS.len(), length);
        let network = Network::new();
        for layer in [&network.squeeze, &network.from_input, &network.from_memory, &network.output] {
            assert!(layer.weights.iter().chain(&layer.biases).all(|w| w.is_finite() && w.abs() < 100.0));
        }
    }

    #[test]
    fn wild_facts_do_not_break_it() {
        let mut network = Network::new();
        for value in [0.0, 1e6, -1e6] {
            let probability = network.push(&[value; FACTS]);
            assert!((0.0..=1.0).contains(&probability), "{probability}");
        }
    }
}
