#if Web
/// What a request asks the stand-in ERP for.
enum ERPCall: Equatable {
    case book
    case cancelBooking(id: String)
    case findBookings(key: String)
    case writeOutput(order: String)
    case readOutput(order: String)
    case stop
    case replaceStop(id: String)
    case cancelStop(id: String)
    case findStops(key: String)

    /// The call; nil where there is none of that method and path.
    init?(_ request: WireRequest) {
        let path = request.path
        switch (request.method, path.first, path.count) {
        case ("POST", "confirmations", 1): self = .book
        case ("POST", "confirmations", 3) where path[2] == "cancel": self = .cancelBooking(id: path[1])
        case ("GET", "confirmations", 1): self = .findBookings(key: request.query["external"] ?? "")
        case ("PUT", "orders", 3) where path[2] == "output": self = .writeOutput(order: path[1])
        case ("GET", "orders", 3) where path[2] == "output": self = .readOutput(order: path[1])
        case ("POST", "stoppages", 1): self = .stop
        case ("PUT", "stoppages", 2): self = .replaceStop(id: path[1])
        case ("POST", "stoppages", 3) where path[2] == "cancel": self = .cancelStop(id: path[1])
        case ("GET", "stoppages", 1): self = .findStops(key: request.query["external"] ?? "")
        default: return nil
        }
    }

    /// What a key is unique in; nil for calls that change nothing.
    var scope: String? {
        switch self {
        case .book: "confirmations"
        case .cancelBooking: "cancellations"
        case .writeOutput: "outputs"
        case .stop: "stoppages"
        case .replaceStop: "stoppage-replacements"
        case .cancelStop: "stoppage-cancellations"
        case .findBookings, .readOutput, .findStops: nil
        }
    }

    /// Whether executing it once more would change what is booked.
    var adds: Bool {
        switch self {
        case .book, .cancelBooking: true
        default: false
        }
    }
}
#endif
