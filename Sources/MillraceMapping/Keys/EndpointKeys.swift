import MillraceCore
import MillraceYAML

/// The keys of endpoints.
enum EndpointKeys {
    static let endpoint = KeyTable(
        "endpoint", "where documents go", oneOf: [["http", "file"]],
        [
            FileKey("deliver", .flag, "off: documents are made and compared, none is sent"),
            FileKey("http", .keys(http), "by HTTP"), FileKey("file", .keys(file), "as files in a folder"),
            .required("requests", .named(.keys(request)), "what can be sent, by name"),
        ])

    static let file = KeyTable(
        "file-endpoint", "a folder",
        [
            .required("folder", .text, "the folder, relative to this file"),
            .required("name", .text, "each document's file: has {key} in it"),
            FileKey("format", .words(FileEndpointDefinition.Format.self), "how a document is written"),
        ])

    static let http = KeyTable(
        "http-endpoint", "an HTTP interface",
        [
            .required("url", .text, "what paths are appended to"),
            FileKey("auth", .keys(auth), "how the program proves who it is"),
            FileKey("tls", .keys(tls), "certificates"), FileKey("headers", .named(.text), "headers of every request"),
            FileKey("limit", .keys(limit), "how much at once"),
            FileKey("timeout", .keys(timeout), "how long things may take"),
        ])

    static let auth = KeyTable(
        "auth", "how the program proves who it is", oneOf: [["bearer", "basic", "header"]],
        [
            FileKey("bearer", .keys(bearer), "a token"), FileKey("basic", .keys(basic), "a name and a password"),
            FileKey("header", .keys(header), "a secret in a header of its own"),
        ])
    static let bearer = KeyTable("bearer", "a token", [.required("token", secret, secretText)])
    static let basic = KeyTable(
        "basic", "a name and a password",
        [.required("user", .text, "the name"), .required("password", secret, secretText)])
    static let header = KeyTable(
        "secret-header", "a secret in a header",
        [.required("name", .text, "the header's name"), .required("value", secret, secretText)])
    private static let secret = KeyForm.pattern("\\$\\{(env|file):", like: "${env:NAME}")
    private static let secretText = "a reference, ${env:NAME} or ${file:path}; the secret itself stands elsewhere"

    static let tls = KeyTable(
        "tls", "certificates, as paths of files",
        [
            FileKey("ca", .text, "the authorities that are trusted; the system's where nothing is said"),
            FileKey("certificate", .text, "the certificate that is shown"), FileKey("key", .text, "its key"),
        ])
    static let limit = KeyTable(
        "limit", "how much at once",
        [
            FileKey("concurrency", .integer(1...1_000), "how many requests at once; 4 where nothing is said"),
            FileKey("per-second", .integer(1...1_000_000), "how many in a second"),
        ])
    static let timeout = KeyTable(
        "timeout", "how long things may take",
        [
            FileKey("total", .duration, "a whole request; 30 s where nothing is said"),
            FileKey("connect", .duration, "until the connection stands; 10 s where nothing is said"),
            FileKey("low-speed", .duration, "without a byte either way"),
        ])

    // MARK: Requests

    static let request = KeyTable(
        "request", "one thing that can be sent",
        calls("post", "put", "patch") + [
            FileKey(
                "quantity", .words(["delta", "absolute"]),
                "delta: each document adds to what is booked; absolute: it replaces the figure"),
            FileKey(
                "total-over", .some(.words(PerField.self)), "absolute: what the figure is the total of; equals 'per'"),
            FileKey("opening", .words(RequestContract.Opening.self), "absolute: the figure to begin at"),
            FileKey(
                "correct", .either([.words(["signed", "by-hand"]), .keys(correct)]), "how what was booked is put right"),
            FileKey("in-order-by", .words(PerField.self), "one document in flight per value"),
            FileKey("once-by", .either([.words(["absolute"]), .keys(onceBy)]), "how a repeat is known there"),
            FileKey("key-limit", .integer(52...8_192), "the longest key that is taken; a longer one is hashed"),
            FileKey(
                "closed-periods", .words(RequestContract.ClosedPeriods.self),
                "what happens to a closed period's documents"),
            FileKey("classify", .list(.keys(classify)), "what an answer means, from the top; then the defaults"),
            FileKey("capture", .keys(capture), "what is kept of an answer"),
            FileKey(
                "resolve", .named(.keys(resolving)),
                "asked for before each call: numbers of the other side's own, {name} in the paths"),
            FileKey("lookup", .keys(lookup), "how the other side is asked for a key"),
            FileKey("read", .keys(read), "absolute: how the figure is read"),
        ])

    private static func calls(_ methods: String...) -> [FileKey] {
        methods.map {
            FileKey($0, path, "the path behind the url, sent by \($0.uppercased()); {key}, {order} are filled in")
        }
    }

    private static let path = KeyForm.pattern("^/", like: "/path/{key}")

    static let correct = KeyTable(
        "correction", "how what was booked is put right by a call", oneOf: [["reverse", "replace"]],
        [
            FileKey("reverse", .keys(correctingCall), "it is taken back, then sent anew"),
            FileKey(
                "replace", .keys(correctingCall),
                "the new one takes the place of the old one; a stop taken back is sent once more, ended as it began"),
        ])
    static let correctingCall = KeyTable(
        "correcting-call", "a call", oneOf: [["post", "put", "patch", "delete"]],
        calls("post", "put", "patch", "delete"))

    static let onceBy = KeyTable(
        "once-by", "how a repeat is known", oneOf: [["header", "field"]],
        [
            FileKey("header", .text, "by this header, which bears the key"),
            FileKey("field", .text, "by this field of the body"),
            FileKey("remembered", .duration, "for how long"),
        ])

    static let classify = KeyTable(
        "classify-rule", "what an answer means",
        [
            FileKey("status", .some(.either([.integer(100...599), .pattern("^[1-5]xx$", like: "4xx")])), "its status"),
            FileKey("when", MappingKeys.condition, "what holds of its body"),
            FileKey("header", .either([.text, .named(.text)]), "a header that it has, or has with this text"),
            .required("outcome", .words(Outcome.words), "what became of the document"),
        ])

    static let capture = KeyTable(
        "capture", "what is kept of an answer",
        [.required("receipt", .text, "the path to the other side's own number")])

    /// A call that changes nothing.
    private static let question: [FileKey] = [
        FileKey("get", path, "the path; {key}, {order} and what 'let' and 'resolve' name are filled in"),
        FileKey("post", path, "the path, where the other side is asked by POST"),
        FileKey("body", .text, "post: the JSON that is sent, of key, order and $name"),
        FileKey("let", .named(.text), "calculated values, {name} in the path and $name in the body"),
    ]

    static let resolving = KeyTable(
        "resolving", "something that the other side knows by a number of its own", oneOf: [["get", "post"]],
        question + [.required("value", .text, "the path to it in the answer, which has to hold exactly one")])

    static let lookup = KeyTable(
        "key-look-up", "how the other side is asked for a key", oneOf: [["get", "post"]],
        question + [
            .required("there", MappingKeys.condition, "what holds of the answer where it is there"),
            FileKey(
                "not-there", MappingKeys.condition,
                "what holds where it is not; every other answer where nothing is said"),
            FileKey("receipt", .text, "the path to the other side's own number"),
            FileKey("not-found", .words(["not-there"]), "a 404 means that it is not there"),
        ])

    static let read = KeyTable(
        "figure-read", "how the figure is read", oneOf: [["get", "post"]],
        question + [
            .required("figure", .either([.text, .keys(figure)]), "the path to the figure in the answer, or {expr: …}"),
            FileKey("not-found", .words(["0"]), "a 404 means 0"),
        ])
    static let figure = KeyTable(
        "figure", "a figure that is calculated of the answer", [.required("expr", .text, "how")])
}
