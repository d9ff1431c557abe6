#include "sim/net/cluster.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "sim/net/words.h"

namespace sim::net {
namespace {

using engine::Duration;

/// Where the network's keys begin, beside those of the scheduler and the machines.
constexpr uint64_t kNetworkOrdinal = 3;
constexpr std::string_view kGatewayName = "gateway";

enum class Form : uint8_t {
  kNode,
  kNodeNumber,
  kNodeDuration,
  kNodeName,
  kNodeCommand,
  kEnds,
  kConnection,
  kConnectionTo,
  kConnectionData,
};
struct Verb {
  std::string_view name;
  Form form;
};
constexpr Verb kVerbs[] = {
    {"crash", Form::kNode},
    {"restart", Form::kNode},
    {"fill-disk", Form::kNode},
    {"slow-disk", Form::kNodeNumber},
    {"step-clock", Form::kNodeDuration},
    {"kill", Form::kNodeName},
    {"run", Form::kNodeCommand},
    {"partition", Form::kEnds},
    {"heal", Form::kEnds},
    {"partition-from", Form::kEnds},
    {"heal-from", Form::kEnds},
    {"gateway-open", Form::kConnectionTo},
    {"gateway-data", Form::kConnectionData},
    {"gateway-end", Form::kConnection},
    {"gateway-close", Form::kConnection},
};
std::string_view arguments_text(Form form) {
  switch (form) {
    case Form::kNode:
      return " NODE";
    case Form::kNodeNumber:
      return " NODE TIMES";
    case Form::kNodeDuration:
      return " NODE DURATION";
    case Form::kNodeName:
      return " NODE PROGRAM";
    case Form::kNodeCommand:
      return " NODE PROGRAM ARGUMENT...";
    case Form::kEnds:
      return " A B";
    case Form::kConnection:
      return " ID";
    case Form::kConnectionTo:
      return " ID NODE:PORT";
    case Form::kConnectionData:
      return " ID HEX";
  }
  return {};
}

std::optional<uint32_t> number_in(std::string_view text) {
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

// `5s`, `-250ms`: a whole number with one unit.
std::optional<Duration> duration_in(std::string_view text) {
  struct Unit {
    std::string_view suffix;
    Duration length;
  };
  constexpr Unit kUnits[] = {{"ms", engine::kMillisecond},
                             {"us", engine::kMicrosecond},
                             {"ns", engine::kNanosecond},
                             {"s", engine::kSecond}};
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return {};
  const std::string_view suffix = text.substr(static_cast<size_t>(end - text.data()));
  constexpr int64_t kMost = 1'000'000'000;
  for (const Unit& unit : kUnits) {
    if (suffix == unit.suffix && value < kMost && value > -kMost) return unit.length * value;
  }
  return {};
}

bool is_hex(std::string_view text) {
  return text.size() % 2 == 0 && text.find_first_not_of("0123456789abcdef") == text.npos;
}

std::string_view first_line(std::string_view text) {
  return text.substr(0, text.find('\n'));
}

bool is_command_line(std::string_view text) {
  const std::optional<std::vector<std::string>> words = split_words(first_line(text));
  return words && !words->empty();
}

struct Command {
  const Verb* verb;
  std::string_view first;
  std::string_view second;
};

std::optional<Command> parse(std::string_view text) {
  std::string_view words[3];
  size_t count = 0;
  const bool is_command = text.starts_with("run ");  // its third word is all that follows
  while (!text.empty() && count < 3) {
    const size_t space = is_command && count == 2 ? text.npos : text.find(' ');
    words[count++] = text.substr(0, space);
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
  }
  if (count < 2 || !text.empty() || words[1].empty()) return {};
  for (const Verb& verb : kVerbs) {
    if (verb.name != words[0]) continue;
    const bool takes_two = verb.form != Form::kNode && verb.form != Form::kConnection;
    if ((count == 3) != takes_two || (takes_two && words[2].empty())) return {};
    const bool names_connection = verb.form == Form::kConnection ||
                                  verb.form == Form::kConnectionTo ||
                                  verb.form == Form::kConnectionData;
    if (names_connection && !number_in(words[1])) return {};
    if (verb.form == Form::kNodeCommand && !is_command_line(words[2])) return {};
    if (verb.form == Form::kNodeNumber && number_in(words[2]).value_or(0) == 0) return {};
    if (verb.form == Form::kNodeDuration && !duration_in(words[2])) return {};
    if (verb.form == Form::kConnectionData && !is_hex(words[2])) return {};
    if (verb.form == Form::kConnectionTo && !split_host_port(words[2])) return {};
    return Command{&verb, words[1], words[2]};
  }
  return {};
}

}  // namespace

Cluster* this_cluster() {
  return static_cast<Cluster*>(engine::here().model);
}

Cluster::Cluster() : network_(engine::derive({}, kNetworkOrdinal)) {
  ENGINE_CHECK(engine::here().model == nullptr);
  engine::here().model = this;
}

node::Machine& Cluster::add_machine(const node::Machine::Options& options) {
  // The machine's address: its zone's number, and its own number there.
  auto zone = std::find(zones_.begin(), zones_.end(), options.zone);
  if (zone == zones_.end()) {
    zones_.emplace_back(options.zone);
    zone_members_.push_back(0);
    zone = zones_.end() - 1;
  }
  const auto zone_number = static_cast<uint32_t>(zone - zones_.begin());
  const uint32_t member = ++zone_members_[zone_number];
  const Ip ip{10U << 24 | zone_number << 16 | member};
  const auto id = static_cast<uint32_t>(members_.size() + 1);
  by_name_.emplace(options.name, members_.size());
  Member& added = members_.emplace_back();
  added.machine = std::make_unique<node::Machine>(id, options);
  added.stack = std::make_unique<Stack>(*added.machine, network_, ip);
  return *added.machine;
}

void Cluster::boot() {
  for (const Member& member : members_) member.machine->boot();
}

const Cluster::Member* Cluster::find(std::string_view machine) const {
  const auto found = by_name_.find(machine);
  return found == by_name_.end() ? nullptr : &members_[found->second];
}

std::optional<Ip> Cluster::address_of(std::string_view machine) const {
  const Member* const member = find(machine);
  return member == nullptr ? std::nullopt : std::optional(member->stack->ip());
}

void Cluster::plan(engine::Instant at, std::string_view input) {
  planned_.emplace_back(*this, input);
  engine::here().queue.set(planned_.back(), at, engine::here().cause);
}

void Cluster::ring(engine::Alarm& alarm) {
  auto& planned = static_cast<Planned&>(alarm);
  if (!planned.cluster.apply(planned.input)) engine::emit(engine::EventKind::kInputMissed, 0);
}

bool Cluster::knows(std::string_view name) const {
  return by_name_.contains(name) || std::find(zones_.begin(), zones_.end(), name) != zones_.end();
}

bool Cluster::change_links(std::string_view verb, Network::Ends ends) {
  if (!knows(ends.from) || !knows(ends.to)) return false;
  const bool one_way = verb.ends_with("-from");
  const bool cuts = verb.starts_with("partition");
  const Network::Ends back{ends.to, ends.from};
  bool changed = cuts ? network_.cut(ends) : network_.mend(ends);
  if (!one_way && !(ends.from == ends.to)) {
    const bool other = cuts ? network_.cut(back) : network_.mend(back);
    changed = changed || other;
  }
  if (changed) {
    const uint64_t names =
        engine::combine(engine::hash_bytes(ends.from), engine::hash_bytes(ends.to));
    engine::emit(engine::EventKind::kLinkChange, cuts ? 0 : 1, 0, names);
  }
  return changed;
}

bool Cluster::apply_to_machine(std::string_view verb, const Member& member,
                               std::string_view argument) {
  node::Machine& machine = *member.machine;
  if (verb == "crash") return machine.crash();
  if (verb == "restart") return machine.start();
  if (verb == "fill-disk") {
    machine.disk().options().capacity_bytes = static_cast<int64_t>(machine.disk().used_bytes());
    return true;
  }
  if (verb == "slow-disk") {
    machine.disk().options().slowness = number_in(argument).value_or(1);
    return true;
  }
  if (verb == "step-clock") {
    machine.wall_clock().step(duration_in(argument).value_or(Duration{}));
    return true;
  }
  std::vector<engine::ProcessId> named;
  for (const engine::Process& process : engine::scheduler().processes()) {
    if (process.running() && process.host() == &machine && process.name() == argument) {
      named.push_back(process.id());
    }
  }
  for (const engine::ProcessId id : named) engine::scheduler().kill(id);
  return !named.empty();
}

bool Cluster::run(std::string_view machine, std::string_view command) const {
  const Member* const member = find(machine);
  if (member == nullptr || !member->machine->is_up() || find_program_ == nullptr) return false;
  const std::string_view line = first_line(command);
  std::vector<std::string> words = *split_words(line);
  node::Unit unit;
  unit.name = words[0];
  unit.main = find_program_(words[0]);
  if (unit.main == nullptr) return false;
  if (line.size() < command.size()) {
    unit.env.emplace_back("STDIN", command.substr(line.size() + 1));
  }
  words.erase(words.begin());
  unit.args = std::move(words);
  member->machine->run(unit);
  return true;
}

bool Cluster::apply(std::string_view input) {
  const std::optional<Command> command = parse(input);
  if (!command) return false;
  const Form form = command->verb->form;
  if (form == Form::kEnds) {
    return change_links(command->verb->name, {command->first, command->second});
  }
  if (form == Form::kNodeCommand) return run(command->first, command->second);
  if (form == Form::kNode || form == Form::kNodeNumber || form == Form::kNodeDuration ||
      form == Form::kNodeName) {
    const Member* const member = find(command->first);
    return member != nullptr && apply_to_machine(command->verb->name, *member, command->second);
  }
  const uint32_t id = *number_in(command->first);
  if (form == Form::kConnectionTo) {
    const HostPort to = *split_host_port(command->second);
    const std::optional<Ip> ip = address_of(to.host);
    const std::optional<uint16_t> port = parse_port(to.port);
    if (!ip || !port) return false;
    if (gateway_ == nullptr) {
      node::Machine::Options options;
      options.name = kGatewayName;
      add_machine(options);
      gateway_ = std::make_unique<GatewayPort>(*members_.back().stack);
    }
    return gateway_->open(id, {*ip, *port});
  }
  if (gateway_ == nullptr) return false;
  if (form == Form::kConnectionData) return gateway_->data(id, command->second);
  return command->verb->name == "gateway-end" ? gateway_->end(id) : gateway_->close(id);
}

bool Cluster::understands(std::string_view text, std::string& expected) {
  if (parse(text)) return true;
  for (const Verb& verb : kVerbs) {
    if (!expected.empty()) expected += ", ";
    expected += "`";
    expected += verb.name;
    expected += arguments_text(verb.form);
    expected += "`";
  }
  return false;
}

}  // namespace sim::net
