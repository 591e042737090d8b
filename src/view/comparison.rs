//! What an application knows of the comparison of its resources with the repository.

/// What an application says of its comparison; the default is that of one that could not be read.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// Why Argo CD does not know how the resources in the cluster and in the repository compare, if it does not.
    pub unknown: Option<String>,
    /// The application's sync options, if they are known.
    pub sync_options: Option<Vec<String>>,
    /// The revisions that were compared.
    pub revisions: Option<String>,
    /// When they were compared, as Argo CD writes it.
    pub reconciled: Option<String>,
    /// Of what sources they are, where the spec has others by now.
    pub stale: Option<String>,
    /// The labels of resources that were not compared with the others, as their project may not permit them.
    pub unsure: Vec<String>,
    /// The labels of resources with the tracking id of another one.
    pub copied: Vec<String>,
    /// Kind and name of each resource of the application, except for hooks.
    pub resources: Vec<(String, String)>,
    /// Kind and name of each hook, which is never compared.
    pub hooks: Vec<(String, String)>,
    /// The application is being deleted: no sync changes anything any more.
    pub deleted: bool,
}
