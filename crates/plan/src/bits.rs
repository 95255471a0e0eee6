//! Sets of small numbers.

/// A set of small numbers. Sets that are equal are stored alike.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Bits(Vec<u64>);

impl Bits {
    pub fn insert(&mut self, bit: usize) {
        let block = bit / 64;
        if self.0.len() <= block {
            self.0.resize(block + 1, 0);
        }
        if let Some(block) = self.0.get_mut(block) {
            *block |= 1 << (bit % 64);
        }
    }

    pub fn contains(&self, bit: usize) -> bool {
        self.0.get(bit / 64).is_some_and(|block| block & (1 << (bit % 64)) != 0)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn len(&self) -> usize {
        self.0.iter().map(|b| b.count_ones() as usize).sum()
    }

    pub fn iter(&self) -> impl Iterator<Item = usize> {
        let blocks = self.0.iter().enumerate();
        blocks.flat_map(|(i, block)| (0..64).filter(move |b| block & (1 << b) != 0).map(move |b| i * 64 + b))
    }

    pub fn add(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            *mine |= theirs;
        }
    }

    pub fn or(&self, other: &Self) -> Self {
        let mut union = self.clone();
        union.add(other);
        union
    }

    pub fn and(&self, other: &Self) -> Self {
        Self::trimmed(self.0.iter().zip(&other.0).map(|(a, b)| a & b).collect())
    }

    pub fn without(&self, other: &Self) -> Self {
        let theirs = other.0.iter().copied().chain(std::iter::repeat(0));
        Self::trimmed(self.0.iter().zip(theirs).map(|(a, b)| a & !b).collect())
    }

    pub fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }

    /// Whether the other has all of this.
    pub fn is_within(&self, other: &Self) -> bool {
        let theirs = other.0.iter().copied().chain(std::iter::repeat(0));
        self.0.iter().zip(theirs).all(|(a, b)| a & !b == 0)
    }

    fn trimmed(mut blocks: Vec<u64>) -> Self {
        while blocks.last() == Some(&0) {
            blocks.pop();
        }
        Self(blocks)
    }
}

impl FromIterator<usize> for Bits {
    fn from_iter<I: IntoIterator<Item = usize>>(bits: I) -> Self {
        let mut set = Self::default();
        bits.into_iter().for_each(|b| set.insert(b));
        set
    }
}
