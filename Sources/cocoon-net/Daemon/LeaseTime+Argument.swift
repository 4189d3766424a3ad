import ArgumentParser
import Guests

extension LeaseTime: ExpressibleByArgument {}
