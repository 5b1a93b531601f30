//! Words that are typed in the place of a choice.

use clap::ValueEnum;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
        pub(crate) enum $name {
            $($(#[$vdoc])* $variant,)*
        }

        impl $name {
            /// The word as typed.
            pub(crate) fn word(self) -> String {
                match self {
                    $($name::$variant => $word.to_owned(),)*
                }
            }
        }
    };
}

/// Which files go into a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Blobs {
    /// No files, only words
    None,
    /// Voice notes
    Voice,
    /// Voice notes and other small files
    Small,
    /// Large files too
    All,
}

words! {
    /// A vote.
    Choice {
        /// You agree
        Agree = "agree",
        /// You disagree
        Disagree = "disagree",
        /// You have no opinion
        Pass = "pass",
    }
}

words! {
    /// What a post is.
    Kind {
        /// What you think
        Statement = "statement",
        /// An action or a project
        Proposal = "proposal",
        /// A question, to an official (--to) or to all
        Question = "question",
    }
}

words! {
    /// How important an announcement is.
    Priority {
        /// Good to know
        Low = "low",
        /// What most are
        Normal = "normal",
        /// Shown first
        High = "high",
    }
}
