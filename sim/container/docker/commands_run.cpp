// sim/container/docker/commands_run.cpp: run, create, exec, pull.

#include <utility>

#include "sim/container/docker/commands.h"
#include "sim/container/docker/run_options.h"

namespace sim::container::docker {
namespace {

using engine::errorf;
using engine::Task;

// Prints what a container prints until it ends. Its exit code.
Task<int> attach(Cli cli, engine::Ref<Container> container, uint64_t next) {
  const AwaitsOthers awaits;
  while (true) {
    const uint64_t seen = container->changed().count();
    std::string text;
    for (const LogLine& line : container->log()) {
      if (line.number < next) continue;
      next = line.number + 1;
      text += line.text + "\n";
    }
    if (!text.empty()) cli.print(text);
    if (!container->is_running()) co_return container->exit_code();
    co_await container->changed().wait(seen);
  }
}

int refuse_run(const Cli& cli, const engine::Error& error, int code, bool tells_of_help) {
  std::string text = error.message();
  if (text.ends_with('.')) text.pop_back();
  cli.line("docker: " + std::string(kDaemonErrorPrefix) + text + ".");
  if (tells_of_help) cli.line("See 'docker " + cli.command + " --help'.");
  return code;
}

}  // namespace

std::string start_error_text(std::string_view error) {
  return "failed to create task for container: failed to create shim task: OCI runtime create "
         "failed: runc create failed: unable to start container process: " +
         std::string(error) + ": unknown";
}

Task<int> run_run(Cli cli, Words words) {
  const Flags flags = read_flags(words, 1, run_flags(), true);
  if (!flags.error.empty()) co_return cli.misuse(flags.error, kRefused);
  if (flags.rest.empty()) co_return cli.too_few("at least 1 argument");
  const std::string name = flags.rest[0];
  FoundImage found = cli.runtime().images().find(name);
  if (found.error) {
    const ParsedReference parsed = parse_reference(name);
    const std::string full = parsed.error ? name : parsed.reference.with_default_tag().familiar();
    cli.line("Unable to find image '" + full + "' locally");
    PullWanted wanted;
    wanted.name = name;
    wanted.is_quiet = flags.has("quiet");
    const PullOutcome pulled = co_await pull_image(cli, std::move(wanted));
    if (pulled.error) co_return refuse_run(cli, pulled.error, kRefused, true);
    found.image = pulled.image;
  }
  CreateOptions options;
  options.config.image = found.image;
  options.config.image_name = name;
  options.config.args.assign(flags.rest.begin() + 1, flags.rest.end());
  const engine::Error wrong = read_run_options(flags, *found.image, options);
  if (wrong) {
    const std::string text = wrong.message();
    const bool is_of_parser = text.starts_with("invalid argument");
    co_return cli.misuse(is_of_parser ? text : "docker: " + text + ".", kRefused);
  }
  const Runtime::Created made = cli.daemon->create(std::move(options));
  if (made.error) co_return refuse_run(cli, made.error, kRefused, true);
  const engine::Ref<Container> container = made.container;
  if (cli.command == "create") {
    cli.line(container->id());
    co_return 0;
  }
  const bool detaches = flags.has("detach");
  if (detaches) cli.line(container->id());
  const engine::Error error = cli.daemon->start(*container);
  if (error) {
    if (container->start_error().empty()) co_return refuse_run(cli, error, kRefused, false);
    const engine::Error told = errorf(start_error_text(error.message()));
    const int code = container->exit_code() == kCommandNotFound ? kCommandNotFound : kCannotInvoke;
    co_return refuse_run(cli, told, code, false);
  }
  if (detaches) co_return 0;
  const int code = co_await attach(cli, container, 1);
  co_return code;
}

Task<int> run_exec(Cli cli, Words words) {
  constexpr Flag kFlags[] = {{"detach", 'd'}, {"env", 'e', true},  {"interactive", 'i'},
                             {"tty", 't'},    {"user", 'u', true}, {"workdir", 'w', true}};
  const Flags flags = read_flags(words, 1, kFlags, true);
  if (!flags.error.empty()) co_return cli.misuse(flags.error, kRefused);
  if (flags.rest.size() < 2) co_return cli.too_few("at least 2 arguments");
  Container* const found = cli.container(flags.rest[0]);
  if (found == nullptr) co_return 1;
  const engine::Ref<Container> container(found);
  if (!container->is_running()) {
    co_return cli.refuse(errorf("container ", container->id(), " is not running"));
  }
  ExecOptions options;
  read_environment(flags.all("env"), options.env);
  options.working_dir = flags.get("workdir");
  const bool detaches = flags.has("detach");
  if (!detaches) options.output_bytes_max = size_t{1} << 20;
  if (flags.has("interactive")) {
    options.input = engine::current_process().env(kStandardInput, {});
  }
  const std::vector<std::string> command(flags.rest.begin() + 1, flags.rest.end());
  const Container::Executed executed = container->execute(command, options);
  if (executed.error) {
    cli.line("OCI runtime exec failed: exec failed: unable to start container process: " +
             executed.error.message() + ": unknown");
    co_return executed.code;
  }
  if (detaches) co_return 0;
  const engine::Ref<Execution> execution = executed.execution;
  const AwaitsOthers awaits;
  while (true) {
    const uint64_t seen = execution->changed().count();
    const std::string text = execution->take_output();
    if (!text.empty()) cli.print(text);
    if (execution->has_ended()) co_return execution->exit_code();
    co_await execution->changed().wait(seen);
  }
}

Task<PullOutcome> pull_image(Cli cli, PullWanted wanted) {
  PullOutcome out;
  const ParsedReference parsed = parse_reference(wanted.name);
  out.error = parsed.error;
  if (out.error) co_return out;
  const Reference name = parsed.reference.with_default_tag();
  const std::string tag = name.tag;
  const auto show = [cli, wanted, repository = name.repository, tag](const PullStep& step) {
    if (wanted.is_quiet) return;
    const std::string id = step.layer == nullptr ? std::string() : step.layer->diff_id().short_id();
    switch (step.kind) {
      case PullStep::Kind::kBegins:
        cli.line(tag + ": Pulling from " + repository);
        break;
      case PullStep::Kind::kExists:
        cli.line(id + ": Already exists");
        break;
      case PullStep::Kind::kWaits:
        cli.line(id + ": Pulling fs layer");
        break;
      case PullStep::Kind::kDownloaded:
        cli.line(id + ": Verifying Checksum\n" + id + ": Download complete\n" + id +
                 ": Pull complete");
        break;
    }
  };
  const FoundImage before = cli.runtime().images().find(name.text());
  const Pulled pulled = co_await cli.runtime().pull(wanted.name, show);
  if (pulled.error) {
    const std::string text = pulled.error.message();
    out.error = text.ends_with(": not found")
                    ? errorf("pull access denied for ", name.familiar_name(),
                             ", repository does not exist or may require 'docker login': denied: "
                             "requested access to the resource is denied")
                    : errorf(
                          "Get \"https://registry-1.docker.io/v2/\": net/http: request canceled "
                          "while waiting for connection (Client.Timeout exceeded while awaiting "
                          "headers)");
    co_return out;
  }
  out.image = pulled.image;
  if (wanted.is_quiet) co_return out;
  // A digest of the manifest, which is not modelled itself.
  cli.line("Digest: " + sha256("manifest of " + pulled.image->id().text()).text());
  const bool is_new = before.error || before.image->id() != pulled.image->id();
  cli.line(is_new ? "Status: Downloaded newer image for " + name.familiar()
                  : "Status: Image is up to date for " + name.familiar());
  co_return out;
}

Task<int> run_pull(Cli cli, Words words) {
  constexpr Flag kFlags[] = {{"quiet", 'q'}, {"platform", '\0', true}};
  const Flags flags = read_flags(words, 1, kFlags);
  if (!flags.error.empty()) co_return cli.misuse(flags.error, kRefused);
  if (flags.rest.size() != 1) co_return cli.too_few("exactly 1 argument");
  const ParsedReference parsed = parse_reference(flags.rest[0]);
  if (parsed.error) {
    cli.line(parsed.error.message());
    co_return 1;
  }
  const bool has_tag = !parsed.reference.tag.empty() || parsed.reference.digest;
  if (!has_tag && !flags.has("quiet")) cli.line("Using default tag: latest");
  PullWanted wanted;
  wanted.name = flags.rest[0];
  wanted.is_quiet = flags.has("quiet");
  const PullOutcome pulled = co_await pull_image(cli, std::move(wanted));
  if (pulled.error) co_return cli.refuse(pulled.error);
  cli.line(parsed.reference.with_default_tag().text());
  co_return 0;
}

}  // namespace sim::container::docker
