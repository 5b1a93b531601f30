//! Writing: to a person, and to a group.

use baro_crdt::ids::{CommunityId, MessageId, SealingKey};
use baro_crdt::sealed::{
    Content, InGroup, MESSAGE_BYTES_MAX, Message, Parcel, VOICE_BYTES_MAX, Voice, seal,
};
use data_encoding::BASE64;
use rand_core::Rng;
use serde_json::{Value, json};

use super::super::{ApiError, Community, Node, Result};
use super::VoiceNote;
use super::kept::{Kept, keep, keep_voice};
use super::keys::key_of;
use crate::replica::{Item, PARCELS_BYTES_MAX, PARCELS_MAX};
use crate::store::{LocalPerson, Way};
use crate::words::why;

/// What a device's own parcels may take of what is carried, as a part of it: the rest is others'.
const OWN_PART: u64 = 4;

fn voice(note: Option<VoiceNote>) -> Result<Option<Voice>> {
    note.map(|note| {
        let bytes = BASE64.decode(note.bytes.as_bytes());
        let bytes = bytes.map_err(|_| ApiError::refused(why::voice_note_code()))?;
        Ok(Voice { media: note.media, bytes })
    })
    .transpose()
}

impl Node {
    pub(super) fn salt(&mut self) -> [u8; 8] {
        let mut salt = [0; 8];
        self.rng.fill_bytes(&mut salt);
        salt
    }

    /// Seals a content from a person here.
    pub(super) fn seal(
        &mut self,
        community: &CommunityId,
        who: &LocalPerson,
        to: &SealingKey,
        content: &Content,
    ) -> Result<Parcel> {
        let mut random = [0; 32];
        self.rng.fill_bytes(&mut random);
        Ok(seal(community, &Self::key(who)?, to, content, random)?)
    }

    /// Refuses to seal more than this device may have others carry at once.
    pub(super) fn has_room(&self, community: &CommunityId, new: &[Parcel]) -> Result<()> {
        let rows = self.store.parcels(community)?;
        let own = rows.iter().filter(|row| row.way == Way::HERE && !row.gone);
        let (mut count, mut bytes) = (new.len(), 0);
        for row in own {
            count += 1;
            bytes += u64::from(row.size);
        }
        bytes += new.iter().map(|parcel| parcel.as_bytes().len() as u64).sum::<u64>();
        let most = usize::try_from(OWN_PART).unwrap_or(usize::MAX);
        if count > PARCELS_MAX / most || bytes > PARCELS_BYTES_MAX / OWN_PART {
            return Err(ApiError::refused(why::message_waits()));
        }
        Ok(())
    }

    pub(super) fn carry(community: &CommunityId, parcel: Parcel) -> Item {
        Item::Parcel { community: *community, bytes: parcel.into_bytes(), way: Way::HERE }
    }

    pub(super) fn message_send(
        &mut self,
        community: &Community,
        who: &LocalPerson,
        to: &str,
        text: String,
        note: Option<VoiceNote>,
    ) -> Result<Value> {
        let to = self.person(community, to)?;
        if to == who.person {
            return Err(ApiError::refused(why::message_to_self()));
        }
        let name = self.name_of(&community.id, &to)?;
        let key = key_of(&*self.store, &community.id, &to)?
            .ok_or_else(|| ApiError::refused(why::message_no_key(&name)))?;
        let id = self.say(community, who, &key, text, note, None, vec![to.to_string()])?;
        Ok(json!({
            "id": id.to_string(), "to": to.to_string(), "to_name": name, "state": "written",
        }))
    }

    /// Seals a message and keeps it.
    #[expect(clippy::too_many_arguments, reason = "a message's parts, once")]
    pub(super) fn say(
        &mut self,
        community: &Community,
        who: &LocalPerson,
        key: &SealingKey,
        text: String,
        note: Option<VoiceNote>,
        group: Option<InGroup>,
        to: Vec<String>,
    ) -> Result<MessageId> {
        let voice = voice(note)?;
        // What a person can get wrong is said in their language; sealing checks it again.
        if text.is_empty() && voice.is_none() {
            return Err(ApiError::refused(why::message_empty()));
        }
        if text.len() > MESSAGE_BYTES_MAX {
            return Err(ApiError::refused(why::message_too_long()));
        }
        if voice.as_ref().is_some_and(|voice| voice.bytes.len() > VOICE_BYTES_MAX) {
            return Err(ApiError::refused(why::voice_note_long()));
        }
        // So that there can be an answer, and a receipt.
        self.have_key(community, who)?;
        let salt = self.salt();
        let message = Message { salt, time: self.now.0, text, voice, group };
        let content = Content::Message(message.clone());
        let parcel = self.seal(&community.id, who, key, &content)?;
        self.has_room(&community.id, std::slice::from_ref(&parcel))?;
        let id = content.id(&who.person);
        let kept = Kept {
            by: who.person.to_string(),
            to,
            group: group.map(|group| (group.group.to_string(), group.epoch)),
            text: message.text,
            voice: message.voice.as_ref().map(|voice| voice.media.clone()),
            declared_at: self.now.0,
            at: self.now.0,
            parcel: parcel.id().to_string(),
            opened_at: Some(self.now.0),
            delivered: Default::default(),
            read: Default::default(),
        };
        let drawer = self.drawer(&community.id, &who.person)?;
        let mut items = vec![keep(&drawer, &id, &kept)?];
        if let Some(voice) = message.voice {
            items.push(keep_voice(&drawer, &id, voice.bytes)?);
        }
        items.push(Self::carry(&community.id, parcel));
        self.commit(items)?;
        Ok(id)
    }
}
