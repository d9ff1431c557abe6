// sim/shell/applets_system.cpp: date, hostname, id, kill, ps, pwd, stress.

#include <charconv>

#include "engine/sync/timer.h"
#include "engine/sync/wait_group.h"
#include "sim/container/calendar.h"
#include "sim/node/cpu.h"
#include "sim/node/memory.h"
#include "sim/node/signal.h"
#include "sim/shell/applet.h"

namespace sim::shell {
namespace {

using container::padded_number;
using engine::Duration;
using engine::Task;

std::string date_part(char letter, const container::CalendarTime& at, int64_t unix_ns) {
  switch (letter) {
    case 'Y':
      return padded_number(at.year, 4);
    case 'm':
      return padded_number(at.month, 2);
    case 'd':
      return padded_number(at.day, 2);
    case 'e':
      return padded_number(at.day, 2, ' ');
    case 'H':
      return padded_number(at.hour, 2);
    case 'M':
      return padded_number(at.minute, 2);
    case 'S':
      return padded_number(at.second, 2);
    case 'N':
      return padded_number(at.nanosecond, 9);
    case 's':
      return padded_number(unix_ns / engine::kSecond.ns, 1);
    case 'a':
      return container::weekday_name(at.weekday);
    case 'b':
      return container::month_name(at.month);
    case 'Z':
      return "UTC";
    case '%':
      return "%";
    default:
      return std::string("%") + letter;
  }
}

std::string formatted_date(std::string_view format, int64_t unix_ns) {
  const container::CalendarTime at = container::calendar_time(unix_ns);
  std::string out;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%' || i + 1 == format.size()) {
      out += format[i];
    } else if (const char letter = format[++i]; letter == 'F') {
      out += formatted_date("%Y-%m-%d", unix_ns);
    } else if (letter == 'T') {
      out += formatted_date("%H:%M:%S", unix_ns);
    } else {
      out += date_part(letter, at, unix_ns);
    }
  }
  return out;
}

// The processes of the container, or of the machine.
std::vector<const engine::Process*> processes_of(const Session& session) {
  std::vector<const engine::Process*> out;
  for (const auto& memory : node::this_machine().memories()) {
    const node::Host* const host = &memory->host();
    if (session.container == nullptr || host == session.container) {
      out.push_back(&memory->process());
    }
  }
  return out;
}

int64_t number_or(std::string_view text, int64_t otherwise) {
  int64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error != std::errc() || end != text.data() + text.size() ? otherwise : out;
}

// Sends a signal to one process. The error's text; empty if it worked.
std::string kill_one(Session& session, const std::string& word, node::Signal signal, int& exits) {
  const int64_t pid = number_or(word, -1);
  if (pid < 0) return "invalid number '" + word + "'";
  const engine::Process* found = nullptr;
  for (const engine::Process* process : processes_of(session)) {
    if (session.pid_of(process->id()) == pid) found = process;
  }
  if (found == nullptr) return "can't kill pid " + word + ": No such process";
  const bool is_first =
      session.container != nullptr && found->id() == session.container->first_process();
  // From inside, nothing kills the first process of a container.
  if (is_first && signal == node::Signal::kKill) return {};
  if (found == &engine::current_process()) {
    if (!is_first) exits = 128 + static_cast<int>(signal);
    return {};
  }
  node::send_signal(found->id(), signal, is_first);
  return {};
}

// 100M, 1G: powers of 1024; negative: it is none.
int64_t bytes_of(std::string_view text) {
  int shift = 0;
  constexpr std::string_view kUnits = "bkmgt";
  if (!text.empty()) {
    const char last = static_cast<char>(text.back() | 0x20);
    const size_t unit = kUnits.find(last);
    if (unit != std::string_view::npos) {
      shift = static_cast<int>(unit) * 10;
      text.remove_suffix(1);
    }
  }
  const int64_t number = number_or(text, -1);
  return number < 0 || number > (INT64_MAX >> shift) ? -1 : number << shift;
}

struct Stress {
  int64_t cpu = 0;
  int64_t vm = 0;
  int64_t vm_bytes = int64_t{256} << 20;
  Duration timeout;  // zero: for ever
  std::string wrong;
};

Stress stress_of(const Call& call) {
  Stress out;
  bool has_bytes = false;
  for (size_t i = 1; i < call.words.size(); ++i) {
    std::string name = call.words[i];
    std::string value;
    const size_t equals = name.find('=');
    if (equals != std::string::npos) {
      value = name.substr(equals + 1);
      name.resize(equals);
    } else if (name != "--vm-keep" && i + 1 < call.words.size()) {
      value = call.words[++i];
    }
    int64_t number = 0;
    if (name == "--cpu" || name == "-c") {
      number = out.cpu = number_or(value, -1);
    } else if (name == "--vm" || name == "-m") {
      number = out.vm = number_or(value, -1);
    } else if (name == "--vm-bytes") {
      number = out.vm_bytes = bytes_of(value);
      has_bytes = true;
    } else if (name == "--timeout" || name == "-t") {
      out.timeout = length_of(value);
      number = out.timeout.ns;
    } else if (name != "--vm-keep") {
      out.wrong = "unrecognized option: " + name;
      return out;
    }
    if (number < 0) {
      out.wrong = "invalid number: " + value;
      return out;
    }
  }
  if (has_bytes && out.vm == 0) out.vm = 1;
  return out;
}

Task<> burn(engine::Instant until, engine::WaitGroup done) {
  // Long enough that the weights of groups decide, not how often it asks anew.
  constexpr Duration kPiece = engine::kSecond;
  while (engine::now() < until) co_await node::compute(std::min(kPiece, until - engine::now()));
  done.done();
}

}  // namespace

Duration length_of(std::string_view text) {
  constexpr Duration kWrong{-1};
  Duration unit = engine::kSecond;
  if (!text.empty()) {
    const char last = text.back();
    const int64_t seconds = last == 's'   ? 1
                            : last == 'm' ? 60
                            : last == 'h' ? 3600
                            : last == 'd' ? 86'400
                                          : 0;
    if (seconds > 0) text.remove_suffix(1);
    if (seconds > 0) unit = engine::kSecond * seconds;
  }
  const size_t point = text.find('.');
  constexpr int64_t kMost = 100'000'000;
  const int64_t whole = point == 0 ? 0 : number_or(text.substr(0, point), -1);
  if (text.empty() || whole < 0 || whole > kMost) return kWrong;
  Duration out = unit * whole;
  if (point == std::string_view::npos) return out;
  for (const char c : text.substr(point + 1)) {
    if (c < '0' || c > '9') return kWrong;
    unit = unit / 10;
    out = out + unit * (c - '0');
  }
  return out;
}

int run_date(const Call& call) {
  std::string_view format = "%a %b %e %H:%M:%S %Z %Y";
  for (size_t i = 1; i < call.words.size(); ++i) {
    if (call.words[i].starts_with('+')) format = std::string_view(call.words[i]).substr(1);
  }
  call.out->write(formatted_date(format, node::unix_nano()) + "\n");
  return 0;
}

int run_hostname(const Call& call) {
  std::string name(node::this_host().host_name());
  name += '\n';
  call.out->write(name);
  return 0;
}

int run_id(const Call& call) {
  const bool is_number = call.words.size() > 1 && call.words[1] == "-u";
  call.out->write(is_number ? "0\n" : "uid=0(root) gid=0(root) groups=0(root)\n");
  return 0;
}

int run_kill(const Call& call) {
  size_t at = 1;
  node::Signal signal = node::Signal::kTerminate;
  if (call.words.size() > 1 && call.words[1].size() > 1 && call.words[1][0] == '-') {
    std::string name = call.words[1].substr(1);
    at = 2;
    if (name == "s" && call.words.size() > 2) name = call.words[at++];
    const std::optional<node::Signal> named = node::signal_named(name);
    if (!named) return call.fail("bad signal name '" + name + "'");
    signal = *named;
  }
  if (at >= call.words.size()) return call.fail("you need to specify whom to kill");
  int status = 0;
  int exits = 0;
  for (; at < call.words.size(); ++at) {
    const std::string problem = kill_one(*call.session, call.words[at], signal, exits);
    if (!problem.empty()) status = call.fail(problem);
  }
  if (exits != 0) call.session->exits = true;
  return exits != 0 ? exits : status;
}

int run_ps(const Call& call) {
  std::string out = "PID   USER     TIME  COMMAND\n";
  for (const engine::Process* process : processes_of(*call.session)) {
    out += padded_number(call.session->pid_of(process->id()), 5, ' ');
    // The processor time of single processes is not modelled.
    out += " root      0:00 " + container::command_text(*process) + "\n";
  }
  call.out->write(out);
  return 0;
}

int run_pwd(const Call& call) {
  call.out->write(call.session->directory + "\n");
  return 0;
}

Task<int> run_stress(Call call) {
  const Stress stress = stress_of(call);
  std::string prefix = "stress: info: [";
  engine::append_operand(prefix, call.session->pid_of(engine::current_process().id()));
  prefix += "] ";
  if (!stress.wrong.empty()) {
    call.err->write("stress: FAIL: " + prefix.substr(prefix.find('[')) + stress.wrong + "\n");
    co_return 1;
  }
  std::string line = prefix + "dispatching hogs: ";
  engine::append_operand(line, stress.cpu);
  line += " cpu, 0 io, ";
  engine::append_operand(line, stress.vm);
  line += " vm, 0 hdd\n";
  call.out->write(line);
  const engine::Instant begin = engine::now();
  const engine::Instant until =
      stress.timeout > Duration{} ? begin + stress.timeout : engine::kEndOfTime;
  const engine::WaitGroup done;
  for (int64_t i = 0; i < stress.cpu; ++i) {
    done.add(1);
    engine::go(burn, until, done).set_name("cpu hog");
  }
  std::vector<node::MemoryBlock> blocks;
  for (int64_t i = 0; i < stress.vm; ++i) {
    node::MemoryBlock block = co_await node::allocate(stress.vm_bytes);
    blocks.push_back(std::move(block));
  }
  co_await engine::sleep_for(until - engine::now());
  co_await done.wait();
  line = prefix + "successful run completed in ";
  engine::append_operand(line, (engine::now() - begin).ns / engine::kSecond.ns);
  line += "s\n";
  call.out->write(line);
  co_return 0;
}

}  // namespace sim::shell
