//! The `baro` command: arguments in, calls on the node, text or JSON out.

mod act;
mod address;
mod alert;
mod args;
mod attach;
mod backup;
mod batch;
mod blob;
mod bundle;
mod carry;
mod config;
mod course;
mod data;
mod demo;
mod doctor;
mod door;
mod export;
mod import;
mod lock;
mod logging;
mod message;
mod output;
mod person;
mod request;
mod run;
mod saturday;
mod show;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use anyhow::{Result, bail};
use baro_node::api::{ActRequest, Context, Request};
use baro_node::vault::{Kind, Vault};
use clap::{CommandFactory, Parser};

use args::{Cli, Command, Community, Export, Global, Import};
use data::Data;
use door::Door;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("baro: {}", output::words(&error));
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode> {
    let Cli { global, command } = cli;
    let context = Context {
        speaker: global.speaker.clone(),
        community: global.community.clone(),
        lang: global.lang.clone(),
        ..Context::default()
    };
    match &command {
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "baro", &mut script);
            output::bytes(&script)?;
            return Ok(ExitCode::SUCCESS);
        }
        Command::Man => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Cli::command()).render(&mut page)?;
            output::bytes(&page)?;
            return Ok(ExitCode::SUCCESS);
        }
        Command::Demo { once } => {
            return Ok(if demo::demo(*once)? { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        _ => {}
    }
    let mut data = Data::of(&global)?;
    match command {
        Command::Run(options) => run::run(&data, &options),
        Command::Sync { address } => {
            let done = match Door::open(&data)? {
                Door::Own(node, _) => run::sync_alone(&data, *node, &address)?,
                mut running => running.ask(&context, Request::Sync { address })?,
            };
            output::answer(&global, "sync", &done)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Doctor { uplinks, config } => {
            doctor::run(&global, &data, &context, uplinks, config.as_deref())
        }
        Command::Lock(command) => {
            lock::run(&global, data, command)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Backup { file, shares } => {
            backup::backup(&global, &data, file, shares)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Restore { given } => {
            backup::restore(&global, &data, &given)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Wipe => {
            confirm(&global, &command)?;
            backup::wipe(&global, &data)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Address => {
            let done = address::addresses(&mut Door::open(&data)?, &context)?;
            output::answer(&global, "address", &done)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Batch { file } => batch::run(&data, &context, &file),
        Command::Blob(command) => blob::run(&global, &data, &context, command),
        Command::Course(args::Course::Import { folder }) => {
            course::import(&global, &data, &context, &folder)
        }
        Command::Bundle(command) => bundle::run(&global, &data, &context, command),
        Command::Person(args::Person::Pin { name, remove }) => {
            person::pin(&global, &data, &context, name, remove)
        }
        Command::Message(command) => message::message(&global, &data, &context, command),
        Command::Group(command) => message::group(&global, &data, &context, command),
        Command::Saturday(command) => saturday::run(&global, &data, &context, command),
        Command::Alert(args::Alert::Export { id, file }) => {
            let request = Request::AlertExport { id };
            alert::write(&global, &data, &context, request, "xml", &file)
        }
        Command::Alert(args::Alert::Feed { file, base, all }) => {
            let request = Request::AlertFeed { base, all };
            alert::write(&global, &data, &context, request, "atom", &file)
        }
        Command::Carry { dir } => carry::run(&global, &data, &context, &dir),
        Command::Export(Export::Polis { debate, dir }) => {
            let done = export::polis(&mut Door::open(&data)?, &context, debate, &dir)?;
            output::answer(&global, "export", &done)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Import(Import::Polis { dir, prefix }) => {
            let done = import::polis(&mut Door::open(&data)?, &context, &dir, prefix)?;
            output::answer(&global, "import polis", &done)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Revoke(args::Revoke { person, roles, compromised, propose: Some(file), with }) => {
            let request = ActRequest::Revoke { person, roles, compromised, with };
            act::propose(&global, &data, &context, request, &file)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Community(Community::Create(args::Create {
            name,
            threshold,
            founder_keys: keys,
            propose: Some(file),
            debates_by,
            cosignatures,
            ..
        })) => {
            let request = ActRequest::Found { name, threshold, keys, debates_by, cosignatures };
            act::propose(&global, &data, &context, request, &file)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Cosign { id } if act::cosign(&global, &data, &context, &id)? => {
            Ok(ExitCode::SUCCESS)
        }
        command => {
            confirm(&global, &command)?;
            let mut staged = attach::Staged::default();
            let files = match &command {
                Command::Say(args::Say { files, .. })
                | Command::Answer { files, .. }
                | Command::Ask(args::Ask { files, .. })
                | Command::Translate(args::Translate { files, .. }) => Some(files),
                Command::Announce(announce) => Some(&announce.files),
                _ => None,
            };
            if let Some(files) = files {
                staged = attach::stage(&data, files, global.lang.as_deref())?;
            }
            if let Command::Init { pin, passphrase, .. } = &command {
                let kinds = [(*pin, Kind::Pin), (*passphrase, Kind::Passphrase)];
                data = data.begun_with(kinds.into_iter().find_map(|(is, kind)| is.then_some(kind)));
            }
            let begins = matches!(command, Command::Init { .. });
            let (name, request) = request::of(command, std::mem::take(&mut staged.attached))?;
            let done = Door::open(&data)?.ask(&context, request)?;
            // What was not taken in goes only after the answer.
            drop(staged);
            output::answer(&global, name, &done)?;
            if begins && Vault::of(&data).is_beside() {
                eprintln!("{}", lock::beside(&data));
            }
            if name == "text show" && !global.json {
                show::version(&done);
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Asks before what cannot be undone, where somebody sits there to answer.
fn confirm(global: &Global, command: &Command) -> Result<()> {
    let question = match command {
        Command::Community(Community::Leave { id }) => {
            format!("Leave {id} and forget everything of it on this device, keys included?")
        }
        Command::Wipe if !global.yes && !std::io::stdin().is_terminal() => {
            bail!(
                "this destroys everything of Baro on this device: say --yes where nobody can be asked"
            )
        }
        Command::Wipe => {
            "Destroy everything of Baro on this device, keys included? Nothing brings \
                          back what nobody else has."
                .to_owned()
        }
        Command::Revoke(args::Revoke { person, compromised: true, .. }) => {
            format!("Shut out everything that {person} ever said, until it is accepted again?")
        }
        _ => return Ok(()),
    };
    if global.yes || !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Ok(());
    }
    eprint!("{question} Type yes: ");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    match answer.trim() {
        "yes" | "oui" => Ok(()),
        _ => bail!("nothing was changed"),
    }
}
