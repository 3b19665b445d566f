import MillraceCore
import MillraceMapping
import MillraceStore
import MillraceSync

/// A site opened for one command: its files compiled, its store open.
struct Session {
    /// The command's options.
    let options: GlobalOptions
    /// Where results go.
    let output: Output
    /// The site's folder, absolute.
    let folder: String
    /// The site's file.
    let definition: SiteDefinition
    /// The site, compiled.
    let plant: Plant
    /// The mappings' texts as they are now.
    let texts: [MappingText]
    /// The connectors' settings, in the order of the site's file.
    let connectorSettings: [(id: ConnectorID, settings: ConnectorSettings.Decoded)]
    /// The store.
    let store: SQLiteStore
    /// Time and chance.
    let clock: Clock
    /// Who decides, for the audit: the user's name.
    let who: String
}
