// sim/container/docker/commands_containers.cpp: start, stop, restart, kill, rm, wait, logs.

#include <charconv>
#include <utility>

#include "sim/container/calendar.h"
#include "sim/container/docker/commands.h"

namespace sim::container::docker {
namespace {

using engine::Ref;
using engine::Task;

/// Source: moby, defaultStopTimeout.
constexpr int64_t kStopSeconds = 10;

int64_t number_or(std::string_view text, int64_t otherwise) {
  int64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error != std::errc() || end != text.data() + text.size() ? otherwise : out;
}

// -1: wait for ever.
engine::Duration grace_of(const Flags& flags) {
  const int64_t seconds =
      number_or(flags.get(flags.values.contains("timeout") ? "timeout" : "time"), kStopSeconds);
  return engine::kSecond * (seconds < 0 ? 1'000'000 : seconds);
}

constexpr Flag kStopFlags[] = {{"time", 't', true}, {"timeout", '\0', true}, {"signal", 's', true}};

}  // namespace

int run_start(const Cli& cli, const Words& words) {
  constexpr Flag kFlags[] = {{"attach", 'a'}, {"interactive", 'i'}};
  const Flags flags = read_flags(words, 1, kFlags);
  if (!flags.error.empty()) return cli.misuse(flags.error);
  if (flags.rest.empty()) return cli.too_few("at least 1 argument");
  int status = 0;
  for (const std::string& name : flags.rest) {
    Container* const container = cli.container(name);
    const engine::Error error = container == nullptr ? nullptr : cli.daemon->start(*container);
    if (container != nullptr && !error) {
      cli.line(name);
      continue;
    }
    status = 1;
    if (!error) continue;
    const bool is_its_own = !container->start_error().empty();
    cli.refuse(is_its_own ? engine::errorf(start_error_text(error.message())) : error);
  }
  if (status != 0) cli.line("Error: failed to start containers: " + flags.rest.back());
  return status;
}

Task<int> run_stop(Cli cli, Words words) {
  const Flags flags = read_flags(words, 1, kStopFlags);
  if (!flags.error.empty()) co_return cli.misuse(flags.error);
  if (flags.rest.empty()) co_return cli.too_few("at least 1 argument");
  int status = 0;
  for (const std::string& name : flags.rest) {
    Container* const found = cli.container(name);
    if (found == nullptr) {
      status = 1;
      continue;
    }
    const Ref<Container> container(found);
    co_await cli.daemon->stop(container, grace_of(flags));
    cli.line(name);
  }
  co_return status;
}

Task<int> run_restart(Cli cli, Words words) {
  const Flags flags = read_flags(words, 1, kStopFlags);
  if (!flags.error.empty()) co_return cli.misuse(flags.error);
  if (flags.rest.empty()) co_return cli.too_few("at least 1 argument");
  int status = 0;
  for (const std::string& name : flags.rest) {
    Container* const found = cli.container(name);
    if (found == nullptr) {
      status = 1;
      continue;
    }
    const Ref<Container> container(found);
    co_await cli.daemon->stop(container, grace_of(flags));
    const engine::Error error = cli.daemon->start(*container);
    if (error) {
      status = cli.refuse(error);
    } else {
      cli.line(name);
    }
  }
  co_return status;
}

int run_kill(const Cli& cli, const Words& words) {
  constexpr Flag kFlags[] = {{"signal", 's', true}};
  const Flags flags = read_flags(words, 1, kFlags);
  if (!flags.error.empty()) return cli.misuse(flags.error);
  if (flags.rest.empty()) return cli.too_few("at least 1 argument");
  const std::string wanted = flags.get("signal");
  const std::optional<node::Signal> signal =
      wanted.empty() ? node::Signal::kKill : node::signal_named(wanted);
  if (!signal) return cli.refuse(engine::errorf("invalid signal: ", wanted));
  int status = 0;
  for (const std::string& name : flags.rest) {
    Container* const container = cli.container(name);
    if (container == nullptr) {
      status = 1;
      continue;
    }
    const engine::Error error = cli.daemon->kill(*container, *signal);
    if (error) {
      status = cli.refuse(error);
    } else {
      cli.line(name);
    }
  }
  return status;
}

int run_rm(const Cli& cli, const Words& words) {
  constexpr Flag kFlags[] = {{"force", 'f'}, {"volumes", 'v'}};
  const Flags flags = read_flags(words, 1, kFlags);
  if (!flags.error.empty()) return cli.misuse(flags.error);
  if (flags.rest.empty()) return cli.too_few("at least 1 argument");
  int status = 0;
  for (const std::string& name : flags.rest) {
    Container* const container = cli.container(name);
    if (container == nullptr) {
      status = flags.has("force") ? status : 1;
      continue;
    }
    const engine::Error error = cli.daemon->remove(*container, flags.has("force"));
    if (error) {
      status = cli.refuse(error);
    } else {
      cli.line(name);
    }
  }
  return status;
}

Task<int> run_wait(Cli cli, Words words) {
  const Flags flags = read_flags(words, 1, {});
  if (!flags.error.empty()) co_return cli.misuse(flags.error);
  if (flags.rest.empty()) co_return cli.too_few("at least 1 argument");
  int status = 0;
  for (const std::string& name : flags.rest) {
    Container* const found = cli.container(name);
    if (found == nullptr) {
      status = 1;
      continue;
    }
    const Ref<Container> container(found);
    const AwaitsOthers awaits;
    while (container->is_running()) {
      const uint64_t seen = container->changed().count();
      co_await container->changed().wait(seen);
    }
    std::string code;
    engine::append_operand(code, container->exit_code());
    cli.line(code);
  }
  co_return status;
}

Task<int> run_logs(Cli cli, Words words) {
  constexpr Flag kFlags[] = {{"follow", 'f'}, {"tail", 'n', true}, {"timestamps", 't'}};
  const Flags flags = read_flags(words, 1, kFlags);
  if (!flags.error.empty()) co_return cli.misuse(flags.error);
  if (flags.rest.size() != 1) co_return cli.too_few("exactly 1 argument");
  Container* const found = cli.container(flags.rest[0]);
  if (found == nullptr) co_return 1;
  const Ref<Container> container(found);
  uint64_t next = 1;
  const int64_t tail = number_or(flags.get("tail"), -1);
  if (tail >= 0 && static_cast<uint64_t>(tail) < container->log_end()) {
    next = container->log_end() - static_cast<uint64_t>(tail);
  }
  const AwaitsOthers awaits;
  while (true) {
    const uint64_t seen = container->changed().count();
    std::string text;
    for (const LogLine& line : container->log()) {
      if (line.number < next) continue;
      next = line.number + 1;
      if (flags.has("timestamps")) text += fixed_nano_time_text(line.unix_ns) + " ";
      text += line.text + "\n";
    }
    if (!text.empty()) cli.print(text);
    if (!flags.has("follow") || !container->is_running()) co_return 0;
    co_await container->changed().wait(seen);
  }
}

}  // namespace sim::container::docker
