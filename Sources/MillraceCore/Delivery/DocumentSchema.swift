/// What a partner's schema wants of a document, ready to judge one document after the other.
public protocol DocumentSchema: Sendable {
    /// Why the document is not as the schema wants it.
    ///
    /// - Shape: `document` are the whole bytes; empty where it is as it should be, else at most ten faults in the order of the
    ///   document. The same bytes give the same faults. Nothing outside the bytes is opened or fetched.
    func faults(in document: [UInt8]) -> [SchemaFault]
}

/// One thing that a schema does not allow, with its place in the document.
public struct SchemaFault: Hashable, Sendable {
    /// What the validator says, one sentence without a full stop.
    public let sentence: String
    /// The names of the elements below the outermost one down to the fault's, with prefixes as written; an attribute last, as
    /// `@name`. Empty for the outermost element.
    public let path: [String]
    /// The line in the document, from 1; nil where the validator names none.
    public let line: Int?

    /// A fault of these parts.
    public init(sentence: String, path: [String], line: Int?) {
        (self.sentence, self.path, self.line) = (sentence, path, line)
    }
}

/// Why a schema cannot be used.
public struct SchemaError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file of the fault, as it was asked for.
    public let file: String
    /// The line in it, from 1; nil where there is none.
    public let line: Int?
    /// What is wrong and what to do, without the place.
    public let sentence: String

    /// An error of these parts.
    public init(file: String, line: Int?, sentence: String) {
        (self.file, self.line, self.sentence) = (file, line, sentence)
    }

    /// `file:line: sentence`.
    public var description: String { "\(file)\(line.map { ":\($0)" } ?? ""): \(sentence)" }
}

/// Gives the bytes of a schema's file by its path.
///
/// - Throws: `SchemaError` with one sentence why it cannot be read.
public typealias SchemaFiles = @Sendable (_ path: String) throws(SchemaError) -> [UInt8]

/// A schema that was compiled, with every file that it is made of.
public struct CompiledSchema: Sendable {
    /// The schema.
    public let schema: any DocumentSchema
    /// The files, the named one first, in the order in which they were read.
    public let files: [(path: String, bytes: [UInt8])]

    /// That schema of those files.
    public init(schema: any DocumentSchema, files: [(path: String, bytes: [UInt8])]) {
        (self.schema, self.files) = (schema, files)
    }
}

/// Compiles schemas.
///
/// A conformer opens no file and no connection by itself: all bytes come through `files`. It keeps what it compiled, so that the
/// same files are compiled once in a process.
public protocol DocumentSchemas: Sendable {
    /// The schema in the file at `path`.
    ///
    /// - Shape: files that it includes are asked for below `folder` only, by paths of the same kind as `path`; bounded in number
    ///   and size.
    /// - Throws: `SchemaError`: the first fault of the schema, at its place.
    func schema(at path: String, below folder: String, files: @escaping SchemaFiles) throws(SchemaError)
        -> CompiledSchema
}
