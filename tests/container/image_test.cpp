// tests/container/image_test.cpp: configurations, and images built by the steps of a Dockerfile.

#include "sim/container/image.h"

#include <catch_amalgamated.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/container/image_builder.h"

namespace {

using namespace sim::container;
using Lines = std::vector<std::string>;

constexpr int64_t kCreated = 1'700'000'000;  // 2023-11-14T22:13:20Z

engine::Ref<Image> built(const ImageBuilder& builder) {
  const BuildResult result = builder.build();
  REQUIRE(result.error.message() == "<nil>");
  return result.image;
}

ImageBuilder base_steps() {
  ImageBuilder builder(kCreated);
  builder
      .add("rootfs.tar.gz", "/",
           {{.path = "bin/busybox", .text = "busybox 1.36", .sized_bytes = 800'000, .mode = 0755},
            {.path = "etc/hosts", .text = "127.0.0.1 localhost\n"}})
      .cmd({"/bin/sh"});
  return builder;
}

engine::Ref<Image> base() {
  return built(base_steps());
}

ImageBuilder server_steps(const engine::Ref<Image>& from) {
  ImageBuilder builder(from, kCreated + 60);
  builder.env("PATH", "/usr/bin:/bin")
      .workdir("/app")
      .copy("server.py util.py", "./",
            {{.path = "server.py", .text = "print()"}, {.path = "util.py", .text = "pass"}})
      .run("rm /etc/hosts", [](UnionFs& files) { return files.remove("/etc/hosts").error; })
      .expose({"80", "53/udp"})
      .label("maintainer", "us")
      .user("nobody")
      .stop_signal("SIGQUIT")
      .healthcheck({.test = {"CMD-SHELL", "curl -f \"x\" || exit 1"},
                    .interval = 90 * engine::kSecond,
                    .timeout = 3 * engine::kSecond,
                    .start_period = {},
                    .start_interval = {},
                    .retries = 10})
      .entrypoint({"python", "server.py"})
      .cmd({"--port", "80"});
  return builder;
}

Lines created_by(const Image& image) {
  Lines lines;
  for (const History& step : image.config().history) {
    lines.push_back(step.created_by + (step.empty_layer ? " (empty)" : ""));
  }
  return lines;
}

std::string text_of(const Image& image, std::string_view path) {
  const FileRead read = UnionFs(image.stack()).read(path);
  return read.error ? read.error.message() : read.bytes;
}

}  // namespace

TEST_CASE("each step leaves a line in the history, as docker history shows it") {
  const auto image = built(server_steps(base()));
  CHECK(created_by(*image) ==
        Lines{
            "ADD rootfs.tar.gz / # buildkit",
            "CMD [\"/bin/sh\"] (empty)",
            "ENV PATH=/usr/bin:/bin (empty)",
            "WORKDIR /app",
            "COPY server.py util.py ./ # buildkit",
            "RUN /bin/sh -c rm /etc/hosts # buildkit",
            "EXPOSE map[53/udp:{} 80/tcp:{}] (empty)",
            "LABEL maintainer=us (empty)",
            "USER nobody (empty)",
            "STOPSIGNAL SIGQUIT (empty)",
            "HEALTHCHECK &{[\"CMD-SHELL\" \"curl -f \\\"x\\\" || exit 1\"] \"1m30s\" \"3s\" \"0s\" "
            "\"0s\" '\\n'} (empty)",
            "ENTRYPOINT [\"python\" \"server.py\"] (empty)",
            "CMD [\"--port\" \"80\"] (empty)",
        });
  CHECK(image->config().history[0].created_s == kCreated);
  CHECK(image->config().history[2].created_s == kCreated + 60);
  CHECK(image->config().history[2].comment == "buildkit.dockerfile.v0");
  CHECK(image->config().created_s == kCreated + 60);
  CHECK(image->layers().size() == 4);
  CHECK(image->config().diff_ids.size() == 4);
}

TEST_CASE("the number of retries is quoted as a character") {
  const auto text = [](int64_t retries) {
    ImageBuilder builder;
    builder.healthcheck({.test = {"CMD", "x"},
                         .interval = {},
                         .timeout = {},
                         .start_period = {},
                         .start_interval = {},
                         .retries = retries});
    return built(builder)->config().history[0].created_by;
  };
  const std::string begin = "HEALTHCHECK &{[\"CMD\" \"x\"] \"0s\" \"0s\" \"0s\" \"0s\" ";
  CHECK(text(0) == begin + "'\\x00'}");
  CHECK(text(3) == begin + "'\\x03'}");
  CHECK(text(39) == begin + "'\\''}");
  CHECK(text(65) == begin + "'A'}");
  CHECK(text(1000) == begin + "'1000'}");
}

TEST_CASE("an image has the files that its steps put there") {
  const auto image = built(server_steps(base()));
  CHECK(text_of(*image, "/app/server.py") == "print()");
  CHECK(text_of(*image, "/app/util.py") == "pass");
  CHECK(text_of(*image, "/etc/hosts") == "no such file or directory");
  CHECK(UnionFs(image->stack()).stat("/bin/busybox").stat.mode == 0755);
  CHECK(image->layers()[3]->find("/etc/hosts")->is_whiteout());
  // What a later layer hides is still part of the image.
  CHECK(image->size_bytes() == 800'000 + 20 + 7 + 4);
}

TEST_CASE("a changed file is in the image twice, and a mode alone copies it") {
  ImageBuilder builder(base());
  builder.run("chmod 0700 /bin/busybox",
              [](UnionFs& files) { return files.chmod("/bin/busybox", 0700).error; });
  CHECK(built(builder)->size_bytes() == 2 * 800'000 + 20);
}

TEST_CASE("copying replaces a file and its mode, and makes the directories above it") {
  ImageBuilder builder(base());
  builder.copy("hosts", "/etc/hosts", {{.path = "", .text = "new", .mode = 0600}})
      .copy("a", "srv/www/", {{.path = "b/c", .text = "1"}});
  const auto image = built(builder);
  CHECK(text_of(*image, "/etc/hosts") == "new");
  CHECK(UnionFs(image->stack()).stat("/etc/hosts").stat.mode == 0600);
  CHECK(text_of(*image, "/srv/www/b/c") == "1");
}

TEST_CASE("the same steps give the same ids; another step, time or base gives another") {
  const auto image = built(server_steps(base()));
  CHECK(built(server_steps(base()))->id() == image->id());
  ImageBuilder more = server_steps(base());
  more.env("A", "1");
  CHECK(built(more)->id() != image->id());
  ImageBuilder later(base(), kCreated + 61);
  ImageBuilder sooner(base(), kCreated + 60);
  CHECK(built(later.env("A", "1"))->id() != built(sooner.env("A", "1"))->id());
  ImageBuilder other(base());
  other.run("true", [](UnionFs&) { return engine::Error(); });
  CHECK(built(server_steps(built(other)))->id() != image->id());
}

TEST_CASE("images of one base share its layers, and a base is not changed") {
  const auto from = base();
  const Digest id = from->id();
  const auto server = built(server_steps(from));
  ImageBuilder builder(from);
  builder.env("A", "1");
  const auto other = built(builder);
  CHECK(server->layers()[0].get() == from->layers()[0].get());
  CHECK(other->layers()[0].get() == from->layers()[0].get());
  CHECK(other->stack().get() == from->stack().get());
  CHECK(other->config().cmd == Lines{"/bin/sh"});
  CHECK(sha256(from->config().json()) == id);
}

TEST_CASE("a command that does nothing still makes a layer") {
  ImageBuilder builder(base());
  builder.run("true", [](UnionFs&) { return engine::Error(); });
  const auto image = built(builder);
  CHECK(image->layers().size() == 2);
  CHECK(image->layers()[1]->items().empty());
}

TEST_CASE("an entrypoint forgets the base's command, but not that of its own stage") {
  ImageBuilder inherits(base());
  inherits.entrypoint({"server"});
  CHECK(built(inherits)->config().cmd.empty());
  ImageBuilder sets(base());
  sets.cmd({"arg"}).entrypoint({"server"});
  CHECK(built(sets)->config().cmd == Lines{"arg"});
}

TEST_CASE("the working directory is made, and relative ones add up") {
  ImageBuilder builder(base());
  builder.workdir("srv").workdir("www").workdir("../x");
  const auto image = built(builder);
  CHECK(image->config().working_dir == "/srv/x");
  CHECK(UnionFs(image->stack()).stat("/srv/www").error.message() == "<nil>");
  CHECK(image->config().history.back().created_by == "WORKDIR /srv/x");
  ImageBuilder root(base());
  root.workdir("/");
  CHECK(built(root)->layers().size() == 1);
  CHECK(built(root)->config().history.back().empty_layer);
}

TEST_CASE("variables are set anew in place, several in one step") {
  ImageBuilder builder;
  builder.env("A", "1").env({{"B", "2"}, {"C", ""}}).env("A", "x=y");
  const auto image = built(builder);
  const ImageConfig& config = image->config();
  CHECK(config.env == Lines{"A=x=y", "B=2", "C="});
  CHECK(config.env_value("A") == "x=y");
  CHECK(config.env_value("C") == "");
  CHECK_FALSE(config.env_value("AB"));
  CHECK(config.history[1].created_by == "ENV B=2 C=");
}

TEST_CASE("a step that fails stops the build, and says which it was") {
  ImageBuilder builder(base());
  builder.copy("x", "/etc/hosts/", {{.path = "x", .text = "1"}}).env("A", "1");
  const BuildResult result = builder.build();
  CHECK_FALSE(result.image);
  CHECK(result.error.message() == "COPY x /etc/hosts/ # buildkit: not a directory");
  CHECK(engine::errors_is(result.error, kNotDirectory));
}

TEST_CASE("an image has at most 125 layers") {
  ImageBuilder builder;
  const auto nothing = [](UnionFs&) { return engine::Error(); };
  for (int64_t i = 0; i < kLayersMax; ++i) builder.run("true", nothing);
  CHECK(built(builder)->layers().size() == 125);
  builder.run("true", nothing);
  CHECK(builder.build().error.message() == "max depth exceeded");
}

TEST_CASE("a configuration is written as OCI has it") {
  const auto image = built(server_steps(base()));
  const ImageConfig& config = image->config();
  const auto diff_id = [&](std::size_t i) { return '"' + config.diff_ids[i].text() + '"'; };
  const std::string begin =
      R"({"architecture":"amd64","config":{"User":"nobody",)"
      R"("ExposedPorts":{"53/udp":{},"80/tcp":{}},"Env":["PATH=/usr/bin:/bin"],)"
      R"("Entrypoint":["python","server.py"],"Cmd":["--port","80"],)"
      R"("Healthcheck":{"Test":["CMD-SHELL","curl -f \"x\" || exit 1"],)"
      R"("Interval":90000000000,"Timeout":3000000000,"Retries":10},"WorkingDir":"/app",)"
      R"("Labels":{"maintainer":"us"},"StopSignal":"SIGQUIT"},)"
      R"("created":"2023-11-14T22:14:20Z","history":[)"
      R"({"created":"2023-11-14T22:13:20Z","created_by":"ADD rootfs.tar.gz / # buildkit",)"
      R"("comment":"buildkit.dockerfile.v0"},)"
      R"({"created":"2023-11-14T22:13:20Z","created_by":"CMD [\"/bin/sh\"]",)"
      R"("comment":"buildkit.dockerfile.v0","empty_layer":true},)";
  const std::string end = R"(],"os":"linux","rootfs":{"type":"layers","diff_ids":[)" + diff_id(0) +
                          ',' + diff_id(1) + ',' + diff_id(2) + ',' + diff_id(3) + "]}}";
  const std::string json = config.json();
  CHECK(json.substr(0, begin.size()) == begin);
  REQUIRE(json.size() > end.size());
  CHECK(json.substr(json.size() - end.size()) == end);
  CHECK(image->id() == sha256(json));
}

TEST_CASE("an empty configuration is written, and odd characters are escaped") {
  ImageConfig config;
  CHECK(config.json() ==
        R"({"architecture":"amd64","config":{},"created":"1970-01-01T00:00:00Z","history":[],)"
        R"("os":"linux","rootfs":{"type":"layers","diff_ids":[]}})");
  config.user = "a\"\\\n\r\t\x01\x7f\xc3\xa9";
  CHECK(config.json().find("\"User\":\"a\\\"\\\\\\n\\r\\t\\u0001\x7f\xc3\xa9\"") !=
        std::string::npos);
}

TEST_CASE("a chain id is of all layers up to one") {
  const Digest empty = sha256("");
  const Digest abc = sha256("abc");
  CHECK(chain_id({}) == Digest());
  CHECK(chain_id(std::vector{empty}) == empty);
  // Computed by Python's hashlib.
  CHECK(chain_id(std::vector{empty, abc}).hex() ==
        "a893da35bd22286079f2f3931516d3423eb9b4945f2379e0f8a501ec3d665dd6");
}

TEST_CASE("a check has Docker's defaults where it says nothing") {
  const HealthCheck check = HealthCheck().with_defaults();
  CHECK(check.interval == 30 * engine::kSecond);
  CHECK(check.timeout == 30 * engine::kSecond);
  CHECK(check.start_period == engine::Duration{});
  CHECK(check.start_interval == 5 * engine::kSecond);
  CHECK(check.retries == 3);
}
