/// The keys that may stand in one kind of mapping of a file, each with what it takes and what it means.
///
/// It is the one place where keys are declared: `NodeReader` refuses a key that is not in its table, and the JSON Schema for
/// editors and the list of keys in the documentation are printed from it. A compiler that asks for a key that is not here never
/// gets to use it.
public struct KeyTable: Sendable {
    /// What is known by it, once over all tables: `count-field`.
    public let name: String
    /// What it is, as hover help and as the head of its list in the documentation.
    public let text: String
    /// The keys, in the order they are usually written.
    public let keys: [FileKey]
    /// What may stand behind any other key; nil where there may be none.
    public let rest: KeyForm?
    /// Of each of these sets exactly one key stands there.
    public let oneOf: [[String]]

    /// A table of these parts.
    public init(_ name: String, _ text: String, rest: KeyForm? = nil, oneOf: [[String]] = [], _ keys: [FileKey]) {
        (self.name, self.text, self.keys, self.rest, self.oneOf) = (name, text, keys, rest, oneOf)
    }

    /// The key of that name; nil where there is none.
    public subscript(_ name: String) -> FileKey? { keys.first { $0.name == name } }

    /// Whether a key of that name may stand there.
    public func allows(_ name: String) -> Bool { rest != nil || self[name] != nil }
}

/// A key of a file.
public struct FileKey: Sendable {
    /// The key.
    public let name: String
    /// What stands behind it.
    public let form: KeyForm
    /// Whether it has to be there.
    public let isRequired: Bool
    /// What it means.
    public let text: String

    /// That key.
    public init(_ name: String, _ form: KeyForm, _ text: String, isRequired: Bool = false) {
        (self.name, self.form, self.text, self.isRequired) = (name, form, text, isRequired)
    }

    /// That key, which has to be there.
    public static func required(_ name: String, _ form: KeyForm, _ text: String) -> FileKey {
        FileKey(name, form, text, isRequired: true)
    }
}

/// What may stand behind a key.
public indirect enum KeyForm: Sendable {
    /// Any word or number.
    case text
    /// A text of a pattern; `like` is how people are told of it.
    case pattern(String, like: String)
    /// One of these words.
    case words([String])
    /// `true` or `false`.
    case flag
    /// A whole number.
    case integer(ClosedRange<Int>)
    /// A number.
    case decimal
    /// A mapping with keys of its own. The table is asked for late, for tables may hold themselves.
    case table(@Sendable () -> KeyTable)
    /// A mapping of free names.
    case named(KeyForm)
    /// A list.
    case list(KeyForm)
    /// Any of these.
    case either([KeyForm])
    /// Anything.
    case any

    /// One of the enum's words.
    public static func words<Word: RawRepresentable & CaseIterable>(_ type: Word.Type) -> KeyForm
    where Word.RawValue == String {
        .words(type.allCases.map(\.rawValue))
    }

    /// A mapping with the keys of that table.
    public static func keys(_ table: @autoclosure @escaping @Sendable () -> KeyTable) -> KeyForm { .table(table) }

    /// A word, or a list of them.
    public static func some(_ form: KeyForm) -> KeyForm { .either([form, .list(form)]) }

    /// A length of time.
    public static let duration = KeyForm.pattern("^[0-9.]+ ?(ms|s|min|h|d)$", like: "15 min")

    /// The table of the mapping that may stand there, in a list or behind free names too; nil where none may.
    public var table: KeyTable? {
        switch self {
        case .table(let table): table()
        case .named(let form), .list(let form): form.table
        case .either(let forms): forms.lazy.compactMap(\.table).first
        case .text, .pattern, .words, .flag, .integer, .decimal, .any: nil
        }
    }
}
