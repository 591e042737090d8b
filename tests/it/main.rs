//! The one integration test binary: drives the library in this process and the real executable over its pipes.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests"
)]

// Stand-ins and helpers.
mod differences;
mod facts;
mod fates;
mod files;
mod generated;
mod harness;
mod http;
mod http_server;
mod idp;
mod ignored_differences;
mod instances;
mod recordings;
mod refusals;
mod registry;
mod releasing;
mod replay;
mod snapshots;
mod sources;
mod stage;
mod stderr;
mod stdio_client;
mod stdio_lines;

// The generated test sources name these as `crate::…`.
#[allow(unused_imports, reason = "which of them depends on the rows")]
use argocd_mcp::{error, release, tools, view};
use generated::argocd;

// What must hold.
mod afterwards;
mod answers;
mod argocd_config;
mod autosync;
mod bind;
mod budgets;
mod cli;
mod client;
mod compared;
mod consequences;
mod create_application;
mod credentials;
mod deletions;
#[cfg(feature = "demo")]
mod demo;
mod docs;
mod doctor;
mod get_application;
mod guide;
mod healthcheck;
mod history;
mod install;
mod install_entry;
mod layers;
mod list_applications;
mod logs;
mod logs_long;
mod logs_nobody;
mod managed_resources;
mod mask;
mod mask_code;
mod mask_extent;
mod mask_files;
mod mask_forms;
mod mask_lines;
mod mask_names;
mod mask_pairs;
mod mask_prose;
mod mask_refusals;
mod mask_said;
mod mask_settings;
mod mask_shapes;
mod mask_sides;
mod mask_signs;
mod mask_texts;
mod mask_told;
mod mask_urls;
mod mask_words;
mod mask_yaml;
mod memory;
mod mistaken;
mod older;
mod operation;
mod overwritten;
mod packaging;
mod paths;
mod projection;
mod projects;
mod readings;
mod readme;
mod resource_tree;
mod resources;
mod rights;
mod schemas;
mod security;
mod sent;
mod sso;
mod sso_renewal;
mod sso_together;
mod sso_told;
mod sso_ways;
mod stdio;
mod sync_application;
mod sync_notes;
mod text;
mod tls;
mod token_sources;
mod tokens;
mod turns;
mod unassessed;
mod unknown;
mod update_application;
mod views;
mod ways_out;
mod writes;
