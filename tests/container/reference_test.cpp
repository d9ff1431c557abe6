// tests/container/reference_test.cpp: image names as distribution/reference reads them.

#include "sim/container/reference.h"

#include <catch_amalgamated.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace sim::container;

const std::string kHex(64, 'f');
const std::string kDigest = "sha256:" + kHex;

Reference reference(std::string_view text) {
  INFO(text);
  const ParsedReference parsed = parse_reference(text);
  REQUIRE(parsed.error.message() == "<nil>");
  return parsed.reference;
}

std::string error_of(std::string_view text) {
  return parse_reference(text).error.message();
}

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

struct Row {
  std::string text;
  std::string registry;
  std::string repository;
  std::string tag;
  std::string digest;
};

}  // namespace

TEST_CASE("a name has a registry, a repository, a tag and a digest") {
  const std::vector<Row> rows = {
      {"nginx", "docker.io", "library/nginx", "", ""},
      {"nginx:1.27", "docker.io", "library/nginx", "1.27", ""},
      {"orrery/hello-http:1", "docker.io", "orrery/hello-http", "1", ""},
      {"test_com/foo", "docker.io", "test_com/foo", "", ""},
      {"test_com", "docker.io", "library/test_com", "", ""},
      {"test.com:tag", "docker.io", "library/test.com", "tag", ""},
      {"test.com:5000", "docker.io", "library/test.com", "5000", ""},
      {"test.com/repo:tag", "test.com", "repo", "tag", ""},
      {"test:5000/repo", "test:5000", "repo", "", ""},
      {"test:5000/repo:tag", "test:5000", "repo", "tag", ""},
      {"test:5000/repo@" + kDigest, "test:5000", "repo", "", kDigest},
      {"test:5000/repo:tag@" + kDigest, "test:5000", "repo", "tag", kDigest},
      {"lowercase:Uppercase", "docker.io", "library/lowercase", "Uppercase", ""},
      {"sub-dom1.foo.com/bar/baz/quux:some-long-tag", "sub-dom1.foo.com", "bar/baz/quux",
       "some-long-tag", ""},
      {"b.gcr.io/test.example.com/my-app:test.example.com", "b.gcr.io", "test.example.com/my-app",
       "test.example.com", ""},
      {"xn--n3h.com/myimage:xn--n3h.com", "xn--n3h.com", "myimage", "xn--n3h.com", ""},
      {"foo_bar.com:8080", "docker.io", "library/foo_bar.com", "8080", ""},
      {"foo/foo_bar.com:8080", "docker.io", "foo/foo_bar.com", "8080", ""},
      {"192.168.1.1", "docker.io", "library/192.168.1.1", "", ""},
      {"192.168.1.1:5000/repo:5050", "192.168.1.1:5000", "repo", "5050", ""},
      {"[2001:db8::1]/repo", "[2001:db8::1]", "repo", "", ""},
      {"[2001:db8:1:2:3:4:5:6]/repo:tag", "[2001:db8:1:2:3:4:5:6]", "repo", "tag", ""},
      {"[2001:db8::1]:5000/repo:tag@" + kDigest, "[2001:db8::1]:5000", "repo", "tag", kDigest},
      {"[::1]:5000/repo", "[::1]:5000", "repo", "", ""},
      {"localhost/repo", "localhost", "repo", "", ""},
      {"localhost:5000/a/b", "localhost:5000", "a/b", "", ""},
      {"localhost", "docker.io", "library/localhost", "", ""},
      {"Docker/docker", "Docker", "docker", "", ""},
      {"DOCKER/docker", "DOCKER", "docker", "", ""},
      {"docker---rules/dock__er", "docker.io", "docker---rules/dock__er", "", ""},
      {"d/t", "docker.io", "d/t", "", ""},
      {"docker.io/" + kHex, "docker.io", "library/" + kHex, "", ""},
      // A tag may have 128 characters, a repository 255.
      {"a:" + std::string(128, 'T'), "docker.io", "library/a", std::string(128, 'T'), ""},
      {"a.b/" + repeated("a/", 127) + "a:over-max", "a.b", repeated("a/", 127) + "a", "over-max",
       ""},
      // Looks like a registry, but has an underscore.
      {"a_b.c/d", "", "a_b.c/d", "", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const Reference parsed = reference(row.text);
    CHECK(parsed.registry == row.registry);
    CHECK(parsed.repository == row.repository);
    CHECK(parsed.tag == row.tag);
    CHECK((parsed.digest ? parsed.digest->text() : "") == row.digest);
    CHECK(reference(parsed.text()) == parsed);
  }
}

TEST_CASE("names have a complete form and the one that people write") {
  const struct {
    std::string_view familiar;
    std::string_view full;
    std::string_view other;
  } rows[] = {
      {"fooo/bar", "docker.io/fooo/bar", "index.docker.io/fooo/bar"},
      {"ubuntu", "docker.io/library/ubuntu", "library/ubuntu"},
      {"ubuntu:24.04", "docker.io/library/ubuntu:24.04", "index.docker.io/ubuntu:24.04"},
      {"nonlibrary/ubuntu", "docker.io/nonlibrary/ubuntu", "nonlibrary/ubuntu"},
      {"other/library", "docker.io/other/library", "other/library"},
      {"127.0.0.1:8000/private/moonbase", "127.0.0.1:8000/private/moonbase",
       "127.0.0.1:8000/private/moonbase"},
      {"127.0.0.1:8000/privatebase", "127.0.0.1:8000/privatebase", "127.0.0.1:8000/privatebase"},
      {"example.com/library/foo", "example.com/library/foo", "example.com/library/foo"},
      {"ubuntu-12.04-base", "docker.io/library/ubuntu-12.04-base",
       "index.docker.io/library/ubuntu-12.04-base"},
      {"foo", "docker.io/library/foo", "docker.io/foo"},
      {"library/foo/bar", "docker.io/library/foo/bar", "library/foo/bar"},
      {"store/foo/bar", "docker.io/store/foo/bar", "store/foo/bar"},
      {"Foo/bar", "Foo/bar", "Foo/bar"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.full);
    for (const std::string_view text : {row.familiar, row.full, row.other}) {
      CHECK(reference(text).text() == row.full);
      CHECK(reference(text).familiar() == row.familiar);
    }
  }
  const std::string both = "busybox:latest@" + kDigest;
  CHECK(reference(both).text() == "docker.io/library/" + both);
  CHECK(reference(both).familiar() == both);
  CHECK(reference(both).familiar_name() == "busybox");
  CHECK(reference("a_b.c/d:1").familiar() == "a_b.c/d:1");
}

TEST_CASE("the tag is latest where there is neither tag nor digest, and a digest goes before it") {
  CHECK(reference("nginx").with_default_tag().familiar() == "nginx:latest");
  CHECK(reference("nginx:1").with_default_tag().familiar() == "nginx:1");
  CHECK(reference("nginx@" + kDigest).with_default_tag().familiar() == "nginx@" + kDigest);
  CHECK(reference("nginx").resolved().text() == "docker.io/library/nginx:latest");
  CHECK(reference("nginx:1@" + kDigest).resolved().familiar() == "nginx@" + kDigest);
}

TEST_CASE("a text that is no name is refused with the words of Docker") {
  const std::string_view bad = "invalid reference format";
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"", std::string(bad)},
      {":justtag", std::string(bad)},
      {"@" + kDigest, std::string(bad)},
      {"https://github.com/docker/docker", std::string(bad)},
      {"-docker", std::string(bad)},
      {"-docker/docker", std::string(bad)},
      {"docker-/docker", std::string(bad)},
      {"-docker.io/docker/docker", std::string(bad)},
      {"docker///docker", std::string(bad)},
      {"docker.io/docker///docker", std::string(bad)},
      {"docker/", std::string(bad)},
      {"____/____", std::string(bad)},
      {"_docker/_docker", std::string(bad)},
      {"dock..er/docker", std::string(bad)},
      {"dock_.er/docker", std::string(bad)},
      {"dock-.er/docker", std::string(bad)},
      {"a___b", std::string(bad)},
      {"[fc00::1]", std::string(bad)},
      {"[fc00::1]:5000", std::string(bad)},
      {"fc00::1:5000/debian", std::string(bad)},
      {"[fe80::1%eth0]:5000/debian", std::string(bad)},
      {"[2001:db8:3:4::192.0.2.33]:5000/debian", std::string(bad)},
      {"[]:5000/a", std::string(bad)},
      {"host:/a", std::string(bad)},
      {"host:5x/a", std::string(bad)},
      {"aa/asdf$$^/aa", std::string(bad)},
      {"a b", std::string(bad)},
      {"a:", std::string(bad)},
      {"a:-tag", std::string(bad)},
      {"a:.tag", std::string(bad)},
      {"a:" + std::string(129, 't'), std::string(bad)},
      {"a:b:c", std::string(bad)},
      {"a@", std::string(bad)},
      {"a@sha256:abc", std::string(bad)},
      {"a@" + kDigest + "@" + kDigest, std::string(bad)},
      {"a@1sha:" + kHex, std::string(bad)},
      {std::string("a\0b", 3), std::string(bad)},
      {"Foo", "invalid reference format: repository name (library/Foo) must be lowercase"},
      {"docker/Docker",
       "invalid reference format: repository name (docker/Docker) must be "
       "lowercase"},
      {"test:5000/Uppercase/lowercase:tag",
       "invalid reference format: repository name (Uppercase/lowercase) must be lowercase"},
      {"docker.io/docker/Docker:1",
       "invalid reference format: repository name (docker/Docker) must be lowercase"},
      {"a_B.c/d", "repository name must be lowercase"},
      {kHex, "invalid repository name (" + kHex + "), cannot specify 64-byte hexadecimal strings"},
      {"a.b/" + repeated("a/", 128) + "a:tag",
       "repository name must not be more than 255 characters"},
      {"repo@sha256:" + std::string(34, 'f'), "invalid checksum digest length"},
      {"repo@sha256:" + std::string(64, 'F'), "invalid checksum digest format"},
      {"validname@invaliddigest:" + kHex, "unsupported digest algorithm"},
      {"validname@sha512:" + kHex + kHex, "unsupported digest algorithm"},
  };
  for (const auto& [text, error] : rows) {
    CAPTURE(text);
    CHECK(error_of(text) == error);
  }
  CHECK(engine::errors_is(parse_reference("Foo").error, kInvalidReference));
}

TEST_CASE("names are in the order of their parts") {
  CHECK(reference("a:1") < reference("a:2"));
  CHECK(reference("a") < reference("a:1"));
  CHECK(reference("a:1") < reference("a:1@" + kDigest));
  CHECK(reference("z/a") > reference("library/z"));
  CHECK(reference("example.com/a") > reference("z"));
}
