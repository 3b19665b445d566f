/// The texts of a small plant: a press that counts, a packing line with rows, one endpoint.
enum SiteTexts {
    /// What a test sets in `millrace.yaml`.
    struct Settings {
        var confirm = "correct: signed"
        var progress = "opening: 0"
        var stop = "correct: by-hand"
        var deliver = "on"
        var live = "2026-03-01T00:00"
        var limits = "lateness: 48 h, ahead: 5 min, silence: 15 min"
        var concurrency = 1
    }

    static func site(_ settings: Settings = Settings()) -> String {
        """
        site: {id: T01, zone: UTC, live-since: \(settings.live), day-start: "06:00"}
        store: {sqlite: millrace.db}
        limits: {\(settings.limits)}
        calendar:
          shifts:
            - {name: early, days: mon-sun, from: "06:00", to: "14:00"}
            - {name: late,  days: mon-sun, from: "14:00", to: "22:00"}
            - {name: night, days: mon-sun, from: "22:00", to: "06:00"}
        connectors:
          line: {csv: {path: "line/*.csv"}}
          pack: {csv: {path: "pack/*.csv"}}
        endpoints:
          erp:
            deliver: \(settings.deliver)
            http: {url: "http://127.0.0.1:9", limit: {concurrency: \(settings.concurrency)}, timeout: {total: 30 s}}
            requests:
              confirm: {post: /confirmations, quantity: delta, in-order-by: order, \(settings.confirm)}
              progress: {put: "/orders/{order}", quantity: absolute, total-over: [order], in-order-by: order, once-by: absolute, \(settings.progress)}
              stop: {post: /stoppages, \(settings.stop)}
        """
    }

    /// A counter of a press, by order.
    static func counts(
        _ counter: String = "modulus: 65536, max-rate: 40/min, reset: evidence, first: baseline", more: String = ""
    ) -> String {
        """
        mapping: counts
        from: {connector: line}
        to: {fact: production-count}
        fields:
          equipment: device
          time: time
          order: order
          operation: {value: "0010"}
          good: {counter: parts, \(counter)}
        \(more)
        """
    }

    /// Rows with pieces of their own.
    static let pieces = """
        mapping: pieces
        from: {connector: pack}
        to: {fact: production-count}
        same-when: [ticket]
        fields:
          equipment: {value: PACK-1}
          time: time
          order: order
          operation: {value: "0020"}
          good: {increment: pieces}
        """

    /// States of a press.
    static let stops = """
        mapping: stops
        from: {connector: line}
        to: {fact: downtime}
        fields:
          equipment: device
          time: time
          order: order
          reason: code
        states:
          - {when: state = "RUN", class: producing}
          - {when: state = "STOP", class: unplanned-down}
          - {otherwise: true, class: unknown}
        """

    /// A confirmation for each of `per` and window.
    static func confirm(
        per: String = "order, operation", window: String = "shift", where condition: String? = nil, more: String = "",
        fields: String = ""
    ) -> String {
        """
        mapping: confirm
        from:
          fact: production-count
          \(condition.map { "where: \($0)" } ?? "# all of them")
          per: [\(per)]
          window: \(window)
          close: {settle: 5 min, at-latest: 24 h}
        to: {endpoint: erp, request: confirm}
        fields: {order: order, operation: operation, good: good, key: key\(fields)}
        \(more)
        """
    }

    /// The order's figure.
    static let progress = """
        mapping: progress
        from:
          fact: production-count
          per: [order]
          window: {every: 15 min}
          close: {settle: 1 min, at-latest: 24 h}
        to: {endpoint: erp, request: progress}
        fields: {order: order, good: good, key: key}
        """

    /// Unplanned stops.
    static func stoppage(open: String = "withhold") -> String {
        """
        mapping: stoppage
        from: {fact: downtime, where: class = "unplanned-down", at-least: 2 min, open: \(open)}
        to: {endpoint: erp, request: stop}
        fields:
          equipment: equipment
          reason: {from: reason, missing: none}
          start: start
          end: {from: end, missing: none}
          key: key
        """
    }
}
