import MillraceCore
import MillraceValues
import MillraceYAML

/// The keys of document mappings.
enum DocumentKeys {
    static let to = KeyTable(
        "document-target", "where documents go",
        [
            .required("endpoint", .text, "the endpoint's name"),
            .required(
                "request", .text,
                "its request; with a delta request 'good' is the amount to add, with an absolute one the total"),
        ])

    static let fromCounts = KeyTable(
        "counts", "which counts, and how they are gathered",
        [
            .required("fact", .words([FactKind.productionCount.rawValue]), "the kind of fact"), whereKey,
            .required(
                "per", .some(.words(PerField.self)),
                "what one document is about; with the window, its identity: changing it is a cut-over"),
            .required(
                "window", .either([.words(["shift", "day"]), .keys(every)]),
                "what stretch of time one document is about"),
            FileKey("close", .keys(close), "when a window is judged"),
        ])

    static let fromDowntime = KeyTable(
        "downtimes", "which downtime",
        [
            .required("fact", .words([FactKind.downtime.rawValue]), "the kind of fact"), whereKey,
            FileKey("at-least", .duration, "shorter stops give no document"),
            FileKey(
                "open", .words(SumPlan.OpenInterval.self),
                "a stop that goes on: withheld, or sent provisionally and corrected"),
            FileKey("await-reason", .keys(awaitReason), "a stop without a reason waits for one"),
            FileKey("close", .keys(close), "when a stop is judged"),
        ])

    private static let whereKey = FileKey(
        "where", MappingKeys.condition, "of a fact; one for which it does not hold is none of this mapping's business")

    static let every = KeyTable(
        "rhythm", "a rhythm of windows",
        [.required("every", .duration, "divides the hour, or is whole hours that divide the day")])

    static let close = KeyTable(
        "close", "when a window is judged",
        [
            FileKey("settle", .duration, "how long after its end its sources have to be read beyond it"),
            FileKey("at-latest", .duration, "so long after its end it is judged although a source cannot be read"),
        ])

    static let awaitReason = KeyTable(
        "await-reason", "how long a stop waits for its reason",
        [
            .required("for", .duration, "so long after its end; then it goes as it is"),
            FileKey("none", .some(.text), "texts that count as no reason"),
        ])

    static let check = KeyTable(
        "check", "what no document may be",
        [
            FileKey("name", .text, "by it a mapping that extends this one replaces or removes it"),
            .required(
                "when", MappingKeys.condition, "a condition or an expression; where it holds, the document is parked"),
            .required("sentence", .text, "what a person reads then"),
        ])

    // MARK: The body's form

    static let body = KeyTable(
        "body", "how a document is written", oneOf: [["xml", "csv"]],
        [
            FileKey("xml", .keys(xml), "as XML: attributes are fields named '@name', texts '#text'"),
            FileKey("csv", .keys(csv), "as CSV: one row"),
            FileKey("content-type", .text, "what an HTTP endpoint says that it is"),
        ])

    static let xml = KeyTable(
        "xml-body", "a document as XML",
        [
            .required("root", .text, "the outermost element"),
            FileKey("namespace", .text, "the namespace of names without a prefix"),
            FileKey("namespaces", .named(.text), "the namespace of each prefix"),
            FileKey("declaration", .flag, "false leaves the first line out"),
            FileKey("indent", .integer(0...8), "blanks for each level; none at all where nothing is said"),
            FileKey("schema", .text, "the XSD that documents are held to, relative to this file"),
        ])

    static let csv = KeyTable(
        "csv-body", "a document as CSV",
        [
            FileKey("columns", .some(.text), "the columns in another order than that of the fields"),
            FileKey("delimiter", .text, "',' where nothing is said; \"\\t\" is a tab"),
            FileKey("quote", .any, "'\"' where nothing is said; \"\" is none"),
            FileKey("quoted", .words(BodySection.Quoted.self), "whether all fields stand in quotes"),
            FileKey("header", .flag, "false leaves the line with the columns' names out"),
            FileKey("decimal-comma", .flag, "numbers with a comma"),
            FileKey("line-end", .words(BodySection.LineEnd.self), "how a line ends"),
        ])

    // MARK: Fields

    static let fieldForm: KeyForm = .either([MappingKeys.path, .keys(field)])

    static let field: KeyTable = KeyTable(
        "document-field", "a field of a document", oneOf: [["from", "value", "expr", "fields"]],
        [
            FileKey("from", .some(.text), "an input; several are the keys of a 'table'"),
            FileKey("value", .text, "a literal"),
            FileKey("expr", .text, "an expression (JSONata) over the inputs; write it below 'expr: |'"),
            FileKey(
                "fields", .either([.named(fieldForm), .list(.named(fieldForm))]), "a nested object, or a list of them"),
            FileKey("table", .text, "a table from the input to the text"),
            MappingKeys.missing(
                ["park"], "what a missing value does: the document waits, the field is left out, or has a stand-in"),
            FileKey("type", .words(TypeWord.self), "what it is turned into; without it a path keeps what came"),
            FileKey("unit", MappingKeys.unit, "the unit that is asked for, or {from: …, to: …}"),
            FileKey(
                "each", .text, "with 'fields': an object for each item of a list; 'item' and 'index' are its names"),
            FileKey("null", .words(["keep"]), "a null is sent and not taken for missing"),
            FileKey("true", .some(.text), "boolean: words that mean true"),
            FileKey("false", .some(.text), "boolean: words that mean false"),
            FileKey("digits", .integer(1...18), "decimal, integer: the most digits"),
            FileKey("scale", .integer(0...12), "decimal: the digits behind the point"),
            FileKey("round", .words(Rounding.self), "decimal, integer: how it is rounded; refuse parks instead"),
            MappingKeys.format, MappingKeys.zone,
        ] + MappingKeys.textShape)
}
