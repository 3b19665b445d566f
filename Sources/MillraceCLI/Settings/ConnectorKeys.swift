import MillraceValues
import MillraceYAML

/// The keys of the connectors' kinds.
enum ConnectorKeys {
    /// The table of each kind, by its name.
    static let kinds: [KeyTable] = [agent, csv, ndjson, json]

    static let agent = KeyTable(
        "mtconnect", "an MTConnect agent, or recorded documents of one", oneOf: [["url", "files"]],
        [
            FileKey("url", .text, "the agent's address"),
            FileKey("files", .text, "recorded documents instead: which files, with * ? […]"),
            FileKey("devices", .some(.text), "only these devices; all where nothing is said"),
            FileKey("start", .text, "where the first run begins: now, oldest or an instant"),
            FileKey("count", .integer(1...100_000), "how many observations one request asks for"),
            FileKey("timeout", .keys(timeout), "how long things may take"), FileKey("tls", .keys(tls), "certificates"),
            quiet, after,
        ])

    static let csv = KeyTable(
        "csv", "CSV files in a folder",
        files + [
            FileKey("delimiter", .text, "the character between fields: ',' where nothing is said; \"\\t\" is a tab"),
            FileKey("quote", .any, "the character around fields: '\"' where nothing is said; \"\" is none"),
            FileKey(
                "encoding", .words(TextEncoding.self),
                "utf-8 where nothing is said; a mark at the file's head goes first"),
            FileKey("positions", .named(.integer(1...100_000)), "for files without a header: columns by number"),
            FileKey("header", .flag, "without meaning beside 'positions'"),
        ])

    static let ndjson = KeyTable("ndjson", "files with one JSON object a line", files)
    static let json = KeyTable(
        "json", "JSON files", files + [FileKey("records", .text, "the path to the list of records in the text")])

    private static let files: [FileKey] = [
        .required("path", .text, "which files; *, ? and […] stand for what changes"), quiet, after,
        FileKey("append-only", .flag, "files only ever grow"),
    ]
    private static let quiet = FileKey(
        "quiet", .duration, "so long nobody must have written before a last line without its end is taken")
    private static let after = FileKey(
        "after", .either([.words(["leave", "keep", "archive", "delete"]), .keys(archive)]),
        "what becomes of a file that was read to its end")

    static let archive = KeyTable("archive", "where files go", [.required("archive", .text, "the folder")])
    static let timeout = KeyTable(
        "agent-timeout", "how long things may take",
        [FileKey("total", .duration, "a whole request"), FileKey("connect", .duration, "until the connection stands")])
    static let tls = KeyTable(
        "agent-tls", "certificates, as paths of files",
        [
            FileKey("ca", .text, "the authorities that are trusted"),
            FileKey("certificate", .text, "the certificate that is shown"), FileKey("key", .text, "its key"),
        ])
}
