import Addresses

/// One thing that can happen to a server. Clients and addresses are given by number.
enum Action: Hashable {
    case discover(Int, requesting: Int?, rapidCommit: Bool)
    case request(RequestCase, Int, Int)
    case release(Int, Int)
    case decline(Int, Int)
    case inform(Int, Int)
    /// Control releases the client's address.
    case order(Int)
    /// The committer decides a worker's oldest change.
    case decide(worker: Int, isDurable: Bool)
    case wait(seconds: UInt64)
    /// From now on the committer has this much room.
    case room(Int)

    /// The messages of so many clients about so many addresses, in every state of RFC 2131, and control's release
    /// orders.
    static func messages(clients: Int, addresses: Int) -> [Action] {
        (0..<clients).flatMap { client in
            [.discover(client, requesting: nil, rapidCommit: false), .order(client)]
                + (0..<addresses).flatMap { address in
                    RequestCase.allCases.map { .request($0, client, address) }
                        + [.release(client, address), .decline(client, address)]
                }
        }
    }

    /// The client that acts, if one does.
    var client: Int? {
        switch self {
        case .discover(let client, _, _), .request(_, let client, _), .release(let client, _), .decline(let client, _),
            .inform(let client, _), .order(let client):
            client
        case .decide, .wait, .room: nil
        }
    }
}
