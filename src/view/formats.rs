//! The formats a value can be written in, for the build script as well: `codegen/src/template.rs` reads this file.

/// Makes the enum, and what the table says of each format: a new one stands here and in `format::write`.
macro_rules! formats {
    ($($variant:ident $name:literal [$($key:literal),*] $about:literal;)*) => {
        /// How the values of a cell are written.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Format {
            $(#[doc = $about] $variant,)*
        }

        impl Format {
            /// Every format, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its name in the table.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it reads below each of its paths, perhaps since a release; empty where it takes the value as it is.
            pub fn keys(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($key),*],)* }
            }

            /// What it makes of a value.
            pub fn about(self) -> &'static str {
                match self { $(Self::$variant => $about,)* }
            }
        }
    };
}

formats! {
    Plain "plain" [] "the value; several values joined by `, `; objects as compact JSON";
    Age "age" [] "the first of some times as the time since then: `3d4h`, `22m`";
    Existing "existing" []
        "of a time and a generation above 1: the time since then; nothing for what was made just now";
    Progress "progress" []
        "a phase and the times of its begin and end as `Failed 10m ago, took 4m7s` or `Running for 4m`";
    Phase "phase" [] "the phase of an operation; `requested` where there is none, but what was asked for";
    Failed "failed" [] "a phase, if it is `Failed`";
    Spared "spared" [] "of a phase and whether an operation prunes: that one which does not deletes nothing";
    WayOut "way_out" []
        "of the phase and message of an operation, the destination's namespace and sync options: what helps where a namespace is missing or a field is immutable";
    Tries "tries" [] "a count of retries and their limit as `1 of 2` or `1, without end`; nothing before the first";
    Idle "idle" []
        "of a phase, the resources an operation was asked for and its results: that it succeeded without any";
    Compared "compared" [] "a sync status, a time and revisions: these as `short` and since when; nothing where the status is `Unknown`";
    Short "short" [] "a commit SHA as its first seven characters, other revisions as they are";
    Name "name" []
        "namespace and name of an application as `namespace/name`, without Argo CD's usual namespace `argocd`";
    Object "object" [] "namespace and name of a resource as `namespace/name`";
    Kind "kind" [] "group and kind as the kind, with the group where Kubernetes has another one of that name";
    Operation "operation" [
        "initiatedBy.automated", "initiatedBy.username", "sync.autoHealAttemptsCount@2.13", "sync.dryRun", "sync.prune", "sync.resources",
        "sync.revision", "sync.revisions@2.11", "sync.syncStrategy.apply.force", "sync.syncStrategy.hook.force"
    ]
        "an operation as `sync to 83cab40, with pruning, by demo`";
    Overrides "overrides" ["helm", "kustomize", "directory", "plugin"]
        "what each source sets for its tool: `helm valueFiles=prod.yaml image.tag=1.2 valuesObject={cache}`";
    Windows "windows" ["activeWindows", "assignedWindows", "canSync"]
        "sync windows of an application: what holds syncs up now, and whether a manual one is possible";
    Stale "stale" ["source", "sources", "destination"]
        "a spec and what was compared: the sources and the destination of the latter, where the spec has others by now";
    Deletion "deletion" [] "a time of deletion and finalizers as `being deleted since 2h, waiting for finalizers a, b`";
    Repository "repository" []
        "a repository's URL as `host/path`, whatever form of git's it has; a filter compares that, too";
    Cluster "cluster" []
        "name and server URL of a destination as one word, `(name or server)` where they differ; `in-cluster` for Argo CD's own";
    Destination "destination" ["name", "server", "namespace"] "a destination as `cluster/namespace`";
    Source "source" ["repoURL", "path", "chart", "ref", "targetRevision"]
        "each source as `repository path@revision`, the repository by its last part";
    SourceUrl "source_url" ["repoURL", "path", "chart", "ref", "targetRevision"]
        "as `source`, with the whole repository URL";
    Hydrator "hydrator" ["drySource", "syncSource", "hydrateTo"]
        "a source hydrator as `dry source → branch path`, the repository by its last part";
    HydratorUrl "hydrator_url" ["drySource", "syncSource", "hydrateTo"] "as `hydrator`, with the whole repository URL";
    Automation "automation" ["automated"] "the automation of a sync policy as `auto`, `auto+prune+heal` or `manual`";
    Images "images" [] "images grouped by what they have in common: `registry/shop/{a:1, b:2}`";
    None "none" [] "as `plain`; `none` where there is no value";
    Zone "zone" [] "a time zone; `UTC` where there is none";
    Tracker "tracker" [] "of a tracking id of Argo CD, namespace and name of an application: the one that deploys it";
    Labelled "labelled" []
        "of the instance label, the tracking id and the name of an application: the one that may deploy it";
    Synced "synced" []
        "a resource's status, `requiresPruning` and `hook` as `OutOfSync, not in the repository` or `hook`";
    Pairs "pairs" ["name", "value"] "objects as `name: value`, joined by `; `";
    Connection "connection" [] "the status of a connection; `unknown, not monitored yet` where there is none";
    Monitored "monitored" ["orphanedResources.warn"]
        "the spec of a project: whether orphaned resources are looked for, as `monitored, warn: false`";
    Count "count" [] "how many values there are";
    Line "line" [] "a text of several lines as one, at most 300 characters; commit SHAs in it by seven characters";
    Each "each" [] "each value on a line of its own, below the line it belongs to";
    Cause "cause" [] "the end of a chain of errors, from where it tells the cause: at most 90 characters";
    Initiator "initiator" [] "a user name, or `auto-sync` where the second path is true";
}
