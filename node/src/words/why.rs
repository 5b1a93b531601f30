//! Each refusal that there is, as a function that asks for what goes into its words.
//!
//! `no_role(name, roles)` has the words `refused-no-role` in the locale files, with `{ $name }` and
//! `{ $roles }`. A test holds every one against `en.ftl` and `fr.ftl`; one that nobody uses is a
//! warning of the compiler. The name of the function is the `reason` of the API: it stays.

use super::reason::{Arg, Reason};

macro_rules! reasons {
    ($($name:ident($($arg:ident),*);)*) => {
        $(
            pub(crate) fn $name($($arg: impl Into<Arg>),*) -> Reason {
                Reason::new(stringify!($name), vec![$((stringify!($arg), $arg.into())),*])
            }
        )*

        /// All, with the names of what goes into them.
        #[cfg(test)]
        pub(super) const ALL: &[(&str, &[&str])] =
            &[$((stringify!($name), &[$(stringify!($arg)),*])),*];
    };
}

reasons! {
    // The device and what is on it.
    stopping();
    store(detail);
    disk_full();
    not_taken(why);
    only_reads();
    at_rest();
    no_pages();
    sync_failed(detail);
    begun(name);
    restore_begun();
    backup_torn(detail);
    not_begun();
    not_understood(detail);
    // Names, persons and roles.
    name_length();
    name_taken(name);
    named_twice(name);
    not_on_device(name);
    nobody_here();
    person_unknown(name);
    person_ambiguous(name);
    person_not_added();
    visitor_not_entered();
    pin_digits();
    pin_wrong();
    pin_wrong_wait(count);
    pin_wait(count);
    vault_locked(name);
    no_role(name, roles);
    role_unknown(text, roles);
    office_only_official();
    founder_twice(name);
    threshold(count);
    not_founder(name);
    last_founder();
    founders_together(threshold, here);
    nearer_founders(person, by);
    act_foreign(prefix);
    act_torn();
    act_broken(detail);
    act_changed();
    act_foreign_kind();
    act_elsewhere();
    act_entered();
    act_stale();
    act_not_founder(name);
    act_not_asked(names);
    act_signed_already(name, names);
    act_too_few(threshold, count);
    act_too_much(count);
    act_with(count, names);
    act_members_only();
    founder_key(text);
    founder_keys_full(count);
    no_signed_head();
    signed_by_several();
    no_log_or_record(text);
    record_broken(detail);
    grant_missing();
    // Communities and tickets.
    no_community();
    several_communities();
    community_unknown(name);
    community_ambiguous(name);
    community_gone();
    beginning_missing();
    ticket_foreign(prefix);
    ticket_torn();
    ticket_invalid(why);
    ticket_too_long();
    ticket_no_community();
    ticket_no_inviter();
    ticket_broken(detail);
    joined_already(name);
    open_community(name);
    epoch_unknown();
    epochs_used_up();
    members_only_bundle(name);
    // Ids.
    not_id(text, what);
    not_that(id, what);
    not_here(id, what);
    no_id_or_mark(text);
    mark_unknown(mark);
    gone();
    log_missing();
    // Words.
    words_none();
    words_too_long(bytes, max);
    mark_too_long(max);
    said_wrongly(detail);
    field_bad();
    language_bad(text);
    language_missing();
    hidden_not_translated();
    nothing_asked();
    group_too_large(max);
    persons_first();
    // Debates.
    debate_closed();
    closed_already();
    closing_too_large(logs, max);
    window_order();
    post_needs_debate();
    other_debate();
    only_question_to();
    not_question();
    vote_unknown(text);
    kind_unknown(text);
    order_unknown(text);
    author_elsewhere();
    decision_stands();
    alert_stands();
    // Moderation.
    not_hidden();
    not_appeal(id);
    reason_missing();
    judge_own();
    block_self();
    block_max(max);
    // Proposals and texts.
    text_not_begun();
    signed_already();
    not_signed();
    status_unknown(text);
    say_why();
    which_office();
    may_not_edit(name);
    version_unknown();
    not_change(text);
    text_full();
    text_no_character(position, length);
    text_version_gone();
    text_broken(detail);
    // Announcements, decisions and alerts.
    no_title();
    priority_unknown(text);
    decision_or_alert();
    decision_needs_office();
    alert_fields();
    decider_signed();
    cosigned_already(name);
    announcement_kind(text, kinds);
    no_alert();
    alert_file(detail);
    alert_machines(kind);
    alert_not_public();
    alert_word(text, field, allowed);
    not_time(text);
    alert_areas(max);
    alert_area(text, what);
    alert_field_long(field, max);
    alert_replaces();
    alert_replaces_what();
    alert_web();
    // Questions, offices and receipts.
    ask_whom();
    no_offices();
    office_not_among(name, offices);
    office_unknown(name);
    state_unknown(text);
    entries_max(max);
    entries_of_several();
    entries_which();
    // Paper ballots.
    token_length();
    ballot_post_elsewhere(id);
    ballot_twice(id);
    ballot_votes(max);
    ballot_author();
    ballot_unknown(token);
    ballot_not(text, token);
    ballot_too_often(token, times, max);
    // Files.
    file_unknown(id);
    file_ambiguous(id);
    file_not_id(text);
    file_pinned();
    file_not_here(id);
    file_too_many(count, max);
    file_twice();
    file_rule(detail);
    file_empty();
    file_cut();
    file_kind();
    file_no_voice();
    file_too_large(size, max);
    file_failed(detail);
    course_too_long(max);
    course_file(path, why);
    course_file_empty();
    quiz_broken(detail);
    no_section();
    // Forms of pages.
    form_too_much();
    form_files(max);
    form_too_large(max);
    form_no_words();
    form_unreadable(detail);
    // Private messages and groups.
    message_unknown(text);
    message_ambiguous(text);
    message_to_self();
    message_no_key(name);
    message_waits();
    message_empty();
    message_too_long();
    message_broken(detail);
    voice_note_long();
    voice_note_code();
    group_unknown(name);
    group_ambiguous(name);
    group_owner_only(name);
    group_in_already();
    group_max(max);
    group_owner_stays();
    group_not_in();
    // Polis.
    table_failed(detail);
    polis_no_table(file, detail);
    polis_column(file, name);
    polis_number(file, text);
    polis_missing(file);
    polis_twice(id);
    polis_vote(text);
    polis_max(max);
    polis_name_taken(name);
    // Who did what to whom.
    deed_founded(by);
    deed_granted(by, who, role);
    deed_granted_again(by, who, role);
    deed_granted_office(by, who, office);
    deed_invited(by);
    deed_came_in(who, by);
    deed_ended(by, who);
    deed_ended_roles(by, who, roles);
    deed_stolen(by, who);
    deed_taken_back(by);
    deed_together(count);
    deed_let_in(by, who, count);
    deed_epoch(by, number);
    deed_two_stories(who, count);
    deed_senior(who, by);
    deed_void(by);
    deed_ticket_void();
    deed_to_found(name, count, threshold);
    deed_to_end(who, community);
    deed_to_end_roles(who, roles, community);
    deed_to_shut_out(who, community);
    deed_to_keep(records, logs);
    deed_signed_by(names);
    deed_not_signed_by(names);
    // What waits, and what a node warns of.
    awaits_room();
    awaits_free_link();
    awaits_anybody();
    awaits_holder();
    awaits_words();
    warns_fork(name, entry);
    warns_waiting(logs, records);
}
