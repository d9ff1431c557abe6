// tests/container/runtime_test.cpp: containers on a machine: pulls, life cycle, limits, files,
// logs.

#include "sim/container/runtime.h"

#include <catch_amalgamated.hpp>

#include "engine/sync/timer.h"
#include "sim/container/image_builder.h"
#include "sim/net/socket.h"
#include "sim/node/memory.h"
#include "tests/support/cluster.h"

namespace {

using namespace engine;
using namespace sim::container;
using namespace sim;

// Programs that run in containers.

Task<> greet() {
  println("hello from", node::this_host().host_name());
  println("args", current_process().args().size(), current_process().env("COLOR", "none"));
  co_return;
}

Task<> serve() {
  const Chan<node::Signal> stop = node::notify_signals({node::Signal::kTerminate});
  const net::ListenResult listening = net::listen(":80");
  println("listening", listening.error);
  static_cast<void>(co_await stop.recv());
  co_await sleep_for(2 * kSecond);
  println("bye");
}

Task<> hog() {
  std::vector<node::MemoryBlock> blocks;
  while (true) {
    blocks.push_back(co_await node::allocate(10 << 20));
    println("MiB", blocks.size() * 10);
    co_await sleep_for(kSecond);
  }
}

Task<> stubborn() {
  static_cast<void>(node::notify_signals({}));
  co_await sleep_for(1000 * kSecond);
}

ProgramMain find_program(std::string_view name) {
  if (name == "greet") return greet;
  if (name == "serve") return serve;
  if (name == "hog") return hog;
  return name == "stubborn" ? stubborn : nullptr;
}

engine::Ref<Image> image_of(std::string_view program) {
  ImageBuilder builder;
  BuildFile base;
  base.path = "etc/os-release";
  base.text = "ID=test\n";
  builder.add("base", "/", {base});
  BuildFile file;
  file.path = program;
  file.text = executable_text(program);
  builder.copy("program", "/bin/", {file});
  builder.entrypoint({"/bin/" + std::string(program)});
  return builder.build().image;
}

void fill(Registry& registry) {
  for (const std::string_view name : {"greet", "serve", "hog", "stubborn"}) {
    registry.offer(parse_reference(std::string("test/") + std::string(name)).reference,
                   [name] { return image_of(name); });
  }
}

void provide() {
  Catalogue catalogue;
  catalogue.find = find_program;
  catalogue.fill = fill;
  set_catalogue(catalogue);
}

Task<engine::Ref<Container>> run_one(std::string image, ContainerConfig config) {
  Runtime& runtime = this_runtime();
  const Pulled pulled = co_await runtime.pull(image);
  ENGINE_CHECK(!pulled.error);
  config.image = pulled.image;
  config.image_name = image;
  const Runtime::Created made = runtime.create(std::move(config));
  ENGINE_CHECK(!made.error);
  static_cast<void>(runtime.start(*made.container));
  co_return made.container;
}

void print_log(const Container& container) {
  for (const LogLine& line : container.log()) println("|", line.text);
}

Task<> life_cycle() {
  provide();
  ContainerConfig config;
  config.name = "one";
  config.args = {"a", "b"};
  config.env = {{"COLOR", "blue"}};
  config.host_name = "box";
  const engine::Ref<Container> one = co_await run_one("test/greet", config);
  co_await sleep_for(kSecond);
  print_log(*one);
  println("exited", !one->is_running(), one->exit_code());
  Runtime& runtime = this_runtime();
  config.image = one->config().image;
  println(runtime.create(config).error);
  const std::string beginning = one->id().substr(0, 6);
  println("found", runtime.find("one") == one.get(), runtime.find(beginning) == one.get());
  static_cast<void>(runtime.remove(*one));
  println("left", runtime.containers().size());
}

Task<> stopping() {
  provide();
  const ContainerConfig none;
  const engine::Ref<Container> kind = co_await run_one("test/serve", none);
  const engine::Ref<Container> other = co_await run_one("test/stubborn", none);
  co_await sleep_for(kSecond);
  println(this_runtime().remove(*kind).message().find("is running") != std::string::npos);
  Instant begin = now();
  co_await this_runtime().stop(kind, 10 * kSecond);
  println("kind", since(begin).ns / kSecond.ns, kind->exit_code());
  begin = now();
  co_await this_runtime().stop(other, 10 * kSecond);
  println("stubborn", since(begin).ns / kSecond.ns, other->exit_code());
  print_log(*kind);
}

Task<> over_its_limit() {
  provide();
  ContainerConfig config;
  config.limits.memory_bytes = 35 << 20;
  const engine::Ref<Container> hungry = co_await run_one("test/hog", config);
  co_await sleep_for(10 * kSecond);
  println("killed", hungry->oom_killed(), hungry->exit_code());
  print_log(*hungry);
}

Task<> own_files() {
  provide();
  const ContainerConfig none;
  const engine::Ref<Container> a = co_await run_one("test/stubborn", none);
  const engine::Ref<Container> b = co_await run_one("test/stubborn", none);
  static_cast<void>(a->files().write("/etc/os-release", "ID=changed\n"));
  println(a->files().read("/etc/os-release").bytes, b->files().read("/etc/os-release").bytes);
  const std::vector<std::string> missing = {"no-such-command"};
  println(a->execute(missing).error);
  const std::vector<std::string> plain = {"/etc/os-release"};
  println(a->execute(plain).error);
  const Pulled again = co_await this_runtime().pull("test/stubborn:latest");
  println("layers downloaded", again.layers);
  const Pulled wrong = co_await this_runtime().pull("test/nothing");
  println(wrong.error);
}

Task<> namespaces() {
  provide();
  net::Stack& machine = net::this_stack();
  const net::Ip ip = *net::parse_ip("10.244.1.5");
  ContainerConfig config;
  config.network = engine::Ref<Namespace>(new Namespace(machine, ip, "pod"));
  const engine::Ref<Container> one = co_await run_one("test/serve", config);
  co_await sleep_for(kSecond);
  const net::DialResult inside = co_await net::dial(background(), "10.244.1.5:80");
  println("the pod", inside.error);
  const net::DialResult outside = co_await net::dial(background(), "127.0.0.1:80");
  println("the machine", outside.error);
}

std::string run(support::Program program) {
  support::ClusterOptions options;
  options.nodes = {{"box-1", program}};
  options.run.until = Instant{} + 60 * kSecond;
  return support::simulate_cluster(options).out;
}

// The lines that the test's own program has printed, without those of containers.
std::string own_lines(std::string_view all) {
  std::string out;
  while (!all.empty()) {
    const size_t end = all.find('\n') + 1;
    const std::string_view line = all.substr(0, end);
    const bool is_containers = line.starts_with("hello") || line.starts_with("args") ||
                               line.starts_with("listening") || line.starts_with("bye") ||
                               line.starts_with("MiB");
    if (!is_containers) out += line;
    all.remove_prefix(end);
  }
  return out;
}

}  // namespace

TEST_CASE("A container runs its image's program, keeps its output, and can be found and removed") {
  CHECK(own_lines(run(life_cycle))
            .starts_with("| hello from box\n| args 2 blue\nexited true 0\n"
                         "Conflict. The container name \"/one\" is already "
                         "in use by container \""));
  CHECK(run(life_cycle).ends_with("found true true\nleft 0\n"));
}

TEST_CASE("Stopping waits for a program that ends by itself, and kills one that does not") {
  CHECK(own_lines(run(stopping)) == "true\nkind 2 0\nstubborn 10 137\n| listening <nil>\n| bye\n");
}

TEST_CASE("A container that takes more memory than it may is killed, and says so") {
  CHECK(own_lines(run(over_its_limit)) == "killed true 137\n| MiB 10\n| MiB 20\n| MiB 30\n");
}

TEST_CASE("Containers of one image have files of their own") {
  CHECK(run(own_files) ==
        "ID=changed\n ID=test\n\n"
        "exec: \"no-such-command\": executable file not found in $PATH\n"
        "exec /etc/os-release: exec format error\n"
        "layers downloaded 0\n"
        "failed to pull and unpack image \"docker.io/test/nothing:latest\": failed to resolve "
        "reference \"docker.io/test/nothing:latest\": docker.io/test/nothing:latest: not found\n");
}

TEST_CASE("A network namespace has an address and ports of its own") {
  CHECK(own_lines(run(namespaces)) ==
        "the pod <nil>\n"
        "the machine dial tcp 127.0.0.1:80: connect: connection refused\n");
}
