//! The formats a value can be written in; `src/view/format.rs` writes them.

/// A formatter of the runtime, `view::format`.
#[derive(Debug, PartialEq)]
pub struct Format {
    /// Its name in the table; the variant of the runtime's enum is the same in camel case.
    pub name: &'static str,
    /// What it reads below each of its paths, perhaps since a release; empty when it takes the value as it is.
    pub keys: &'static [&'static str],
    /// What it makes of a value.
    pub about: &'static str,
}

/// Every formatter, in the order of the documentation.
pub const FORMATS: &[Format] = &[
    Format { name: "plain", keys: &[], about: "the value; several values joined by `, `; objects as compact JSON" },
    Format { name: "age", keys: &[], about: "the first of some times as the time since then: `3d4h`, `22m`" },
    Format {
        name: "existing",
        keys: &[],
        about: "of a time and a generation above 1: the time since then; nothing for what was made just now",
    },
    Format {
        name: "progress",
        keys: &[],
        about: "a phase and the times of its begin and end as `Failed 10m ago, took 4m7s` or `Running for 4m`",
    },
    Format {
        name: "phase",
        keys: &[],
        about: "the phase of an operation; `requested` where there is none, but what was asked for",
    },
    Format { name: "failed", keys: &[], about: "a phase, if it is `Failed`" },
    Format {
        name: "spared",
        keys: &[],
        about: "of a phase and whether an operation prunes: that one which does not deletes nothing",
    },
    Format {
        name: "tries",
        keys: &[],
        about: "a count of retries and their limit as `1 of 2`; nothing before the first",
    },
    Format {
        name: "idle",
        keys: &[],
        about: "of a phase, the resources an operation was asked for and its results: that it succeeded without any",
    },
    Format {
        name: "compared",
        keys: &[],
        about: "a sync status and revisions: these as `short`; nothing where the status is `Unknown`",
    },
    Format {
        name: "short",
        keys: &[],
        about: "a commit SHA as its first seven characters, other revisions as they are",
    },
    Format {
        name: "name",
        keys: &[],
        about: "namespace and name of an application as `namespace/name`, without Argo CD's usual namespace `argocd`",
    },
    Format { name: "object", keys: &[], about: "namespace and name of a resource as `namespace/name`" },
    Format {
        name: "kind",
        keys: &[],
        about: "group and kind as the kind, with the group where Kubernetes has another one of that name",
    },
    Format {
        name: "operation",
        keys: &[
            "initiatedBy.automated",
            "initiatedBy.username",
            "sync.dryRun",
            "sync.prune",
            "sync.resources",
            "sync.revision",
            "sync.revisions@2.11",
            "sync.syncStrategy.apply.force",
            "sync.syncStrategy.hook.force",
        ],
        about: "an operation as `sync to 83cab40, with pruning, by demo`",
    },
    Format {
        name: "overrides",
        keys: &["helm", "kustomize", "directory", "plugin"],
        about: "what each source sets for its tool: `helm valueFiles=prod.yaml image.tag=1.2 valuesObject={cache}`",
    },
    Format {
        name: "windows",
        keys: &["activeWindows", "assignedWindows", "canSync"],
        about: "sync windows of an application: what holds syncs up now, and whether a manual one is possible",
    },
    Format {
        name: "stale",
        keys: &["source", "sources", "destination"],
        about: "a spec and what was compared: the sources and the destination of the latter, where the spec has others by now",
    },
    Format {
        name: "deletion",
        keys: &[],
        about: "a time of deletion and finalizers as `being deleted since 2h, waiting for finalizers a, b`",
    },
    Format {
        name: "repository",
        keys: &[],
        about: "a repository's URL as `host/path`, whatever form of git's it has; a filter compares that, too",
    },
    Format {
        name: "cluster",
        keys: &[],
        about: "name and server URL of a destination as one word, `(name or server)` where they differ; `in-cluster` for Argo CD's own",
    },
    Format {
        name: "destination",
        keys: &["name", "server", "namespace"],
        about: "a destination as `cluster/namespace`",
    },
    Format {
        name: "source",
        keys: &["repoURL", "path", "chart", "ref", "targetRevision"],
        about: "each source as `repository path@revision`, the repository by its last part",
    },
    Format {
        name: "source_url",
        keys: &["repoURL", "path", "chart", "ref", "targetRevision"],
        about: "as `source`, with the whole repository URL",
    },
    Format {
        name: "hydrator",
        keys: &["drySource", "syncSource", "hydrateTo"],
        about: "a source hydrator as `dry source → branch path`, the repository by its last part",
    },
    Format {
        name: "hydrator_url",
        keys: &["drySource", "syncSource", "hydrateTo"],
        about: "as `hydrator`, with the whole repository URL",
    },
    Format {
        name: "automation",
        keys: &["automated"],
        about: "the automation of a sync policy as `auto`, `auto+prune+heal` or `manual`",
    },
    Format {
        name: "images",
        keys: &[],
        about: "images grouped by what they have in common: `registry/shop/{a:1, b:2}`",
    },
    Format { name: "none", keys: &[], about: "as `plain`; `none` where there is no value" },
    Format { name: "zone", keys: &[], about: "a time zone; `UTC` where there is none" },
    Format {
        name: "tracker",
        keys: &[],
        about: "of a tracking id of Argo CD, namespace and name of an application: the one that deploys it",
    },
    Format {
        name: "labelled",
        keys: &[],
        about: "of the instance label, the tracking id and the name of an application: the one that may deploy it",
    },
    Format {
        name: "synced",
        keys: &[],
        about: "a resource's status, `requiresPruning` and `hook` as `OutOfSync, not in the repository` or `hook`",
    },
    Format { name: "pairs", keys: &["name", "value"], about: "objects as `name: value`, joined by `; `" },
    Format {
        name: "connection",
        keys: &[],
        about: "the status of a connection; `unknown, not monitored yet` where there is none",
    },
    Format {
        name: "monitored",
        keys: &["orphanedResources.warn"],
        about: "the spec of a project: whether orphaned resources are looked for, as `monitored, warn: false`",
    },
    Format { name: "count", keys: &[], about: "how many values there are" },
    Format {
        name: "line",
        keys: &[],
        about: "a text of several lines as one, at most 300 characters; commit SHAs in it by seven characters",
    },
    Format { name: "each", keys: &[], about: "each value on a line of its own, below the line it belongs to" },
    Format {
        name: "cause",
        keys: &[],
        about: "the end of a chain of errors, from where it tells the cause: at most 90 characters",
    },
    Format { name: "initiator", keys: &[], about: "a user name, or `auto-sync` where the second path is true" },
];
