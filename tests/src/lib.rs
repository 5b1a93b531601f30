//! What the end-to-end tests share: finding the built command, running it, reading its JSON.
