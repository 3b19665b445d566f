import MillraceCore
import MillraceMapping
import MillraceValues

/// A mapping with the text that it was compiled from; nil where nobody has it.
struct Speaker {
    let mapping: DocumentMapping
    let text: MappingText?
}

/// The mappings by which documents are told, and the texts that belong to the documents' versions (RULES R18).
///
/// A document's version is the hash of the mapping's text and of what its tables answered while it was built. So an edit of a row
/// concerns the documents that used it, and no others.
final class Speakers {
    private struct Key: Hashable { let mapping: MappingName, version: String }
    private let store: any SumStore
    private let compile: @Sendable (MappingText) throws -> DocumentMapping?
    /// The mappings' texts as they are now.
    private let texts: [MappingText]
    private var kept: [Key: Speaker?] = [:]
    private var isSpoken: [Key: Bool] = [:]
    /// What the tables answered for the versions that were made.
    private var made: [Key: MappingText] = [:]
    private var stored: Set<Key> = []

    init(
        store: any SumStore, compile: @escaping @Sendable (MappingText) throws -> DocumentMapping?,
        texts: [MappingText]
    ) {
        (self.store, self.compile, self.texts) = (store, compile, texts)
    }

    /// The mapping as it was when it made the document: itself where that would say the same; nil where its text is not kept.
    func speaker(of document: Document, current: DocumentMapping) throws -> Speaker? {
        if try isSpoken(document, by: current) { return try present(current) }
        let key = Key(mapping: document.mapping, version: document.version)
        if let known = kept[key] { return known }
        let text = try store.text(of: key.mapping, version: key.version)
        let speaker = try text.flatMap(compile).map { Speaker(mapping: $0, text: text) }
        kept[key] = .some(speaker)
        return speaker
    }

    /// Whether the document has the version that the mapping would give it: its text, and rows that are the same now.
    func isSpoken(_ document: Document, by current: DocumentMapping) throws -> Bool {
        if document.mapping != current.name { return false }
        if document.version == current.version { return true }
        let key = Key(mapping: document.mapping, version: document.version)
        if let known = isSpoken[key] { return known }
        var isSame = false
        if let text = try store.text(of: key.mapping, version: key.version), text.base == current.version {
            let uses = text.uses?.array?.map { TableUse($0) } ?? []
            isSame = !uses.contains(nil) && current.answers(alike: uses.compactMap { $0 })
        }
        isSpoken[key] = isSame
        return isSame
    }

    /// The mapping with its text as it is now.
    func present(_ mapping: DocumentMapping) throws -> Speaker {
        let key = Key(mapping: mapping.name, version: mapping.version)
        if let known = kept[key] ?? nil { return known }
        let own = texts.first { $0.mapping == key.mapping && $0.version == key.version }
        let speaker = Speaker(mapping: mapping, text: try own ?? store.text(of: key.mapping, version: key.version))
        kept[key] = .some(speaker)
        return speaker
    }

    /// The version of a document that the speaker built with these answers of its tables.
    func version(of speaker: Speaker, using uses: [TableUse]) -> String {
        let version = speaker.mapping.version(using: uses)
        let key = Key(mapping: speaker.mapping.name, version: version)
        if uses.isEmpty || made[key] != nil { return version }
        made[key] = speaker.text.map {
            MappingText(
                mapping: key.mapping, version: version, file: $0.file, text: $0.text, tables: $0.tables,
                base: speaker.mapping.version, uses: .array(uses.map(\.value)))
        }
        return version
    }

    /// The texts that go to the store with these documents, each once.
    func texts(of documents: [Document]) -> [MappingText] {
        documents.compactMap { document in
            let key = Key(mapping: document.mapping, version: document.version)
            return made[key].flatMap { stored.insert(key).inserted ? $0 : nil }
        }
    }
}
