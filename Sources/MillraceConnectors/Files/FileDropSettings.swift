public import MillraceCore
public import MillraceValues

/// What a connector for dropped files is told.
public struct FileDropSettings: Sendable {
    /// How the rows of a file are written.
    public enum Format: Sendable, Hashable {
        /// Rows of fields.
        case csv(CSVFormat)
        /// A JSON object on each line.
        case ndjson
        /// A list of JSON objects: the whole text, or what stands at the dotted path `records`.
        case json(records: String?)
        /// MTConnect Streams documents, of these devices (names or UUIDs) or, where empty, of all.
        case streams(devices: [String])

        /// Whether a file is one text that means something only as a whole, so that an empty one is a fault.
        var isDocument: Bool {
            switch self {
            case .csv, .ndjson: false
            case .json, .streams: true
            }
        }
    }

    /// What becomes of a file that was read to its end and has been quiet.
    public enum After: Sendable, Hashable {
        /// It stays.
        case keep
        /// It is renamed into that folder; nil is `archive` beside the file.
        case archive(folder: String?)
        /// It is deleted.
        case delete
    }

    /// The connector's name.
    public var id: ConnectorID
    /// The folder that `path` is relative to: the site's.
    public var folder: String
    /// Which files: a path whose parts may hold `*`, `?` and `[…]`.
    public var path: String
    /// How their rows are written.
    public var format: Format
    /// How long a file must have been untouched before an unterminated last line is taken, and before it is put away.
    public var quiet: Duration
    /// What becomes of a file at its end.
    public var after: After
    /// Whether the site declares that files only ever grow; asked by `check`, not here.
    public var appendOnly: Bool

    /// Settings of these parts.
    public init(
        id: ConnectorID, folder: String, path: String, format: Format, quiet: Duration = .seconds(30),
        after: After = .keep, appendOnly: Bool = false
    ) {
        self.id = id
        self.folder = folder
        self.path = path
        self.format = format
        self.quiet = quiet
        self.after = after
        self.appendOnly = appendOnly
    }
}

/// How a CSV file is written.
public struct CSVFormat: Sendable, Hashable {
    /// Where the names of the columns come from.
    public enum Columns: Sendable, Hashable {
        /// From the first row.
        case header
        /// From the settings: the number of each column that is read, from 1. Other columns are passed over.
        case positions([String: Int])
    }

    /// What parts and encloses fields.
    public var dialect: CSVDialect
    /// Where the names come from.
    public var columns: Columns
    /// How characters are written as bytes.
    public var encoding: TextEncoding

    /// A format of these parts.
    public init(dialect: CSVDialect = .comma, columns: Columns = .header, encoding: TextEncoding = .utf8) {
        self.dialect = dialect
        self.columns = columns
        self.encoding = encoding
    }
}
