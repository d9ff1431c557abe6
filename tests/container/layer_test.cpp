// tests/container/layer_test.cpp: paths, the content of files, layers, and what a stack of them
// shows.

#include "sim/container/layer.h"

#include <catch_amalgamated.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "sim/container/layer_stack.h"

namespace {

using namespace sim::container;

engine::Ref<Content> text(std::string_view bytes) {
  return Content::of_text(std::string(bytes));
}

std::string all(const Content& content) {
  return content.read(0, content.size());
}

engine::Ref<LayerStack> stack(std::vector<engine::Ref<Layer>> layers) {
  return engine::Ref<LayerStack>(new LayerStack(std::move(layers)));
}

/// What shows, as "path" or "path=text", and the layer.
std::vector<std::string> shown(const LayerStack& layers) {
  std::vector<std::string> out;
  for (const LayerStack::Visible& visible : layers.visible()) {
    std::string line(visible.path);
    if (visible.entry->is_file()) line += "=" + all(*visible.entry->content);
    line += " " + std::to_string(visible.layer);
    out.push_back(line);
  }
  return out;
}

std::vector<std::string> names_in(const LayerStack& layers, std::string_view directory) {
  std::vector<std::string> out;
  layers.for_each_in(directory, [&](const LayerStack::Visible& visible) {
    out.emplace_back(base_name(visible.path));
  });
  return out;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("paths are cleaned as by Go's path.Clean, from a base") {
  CHECK(clean_path("") == "/");
  CHECK(clean_path("/") == "/");
  CHECK(clean_path("a//b/./c/..") == "/a/b");
  CHECK(clean_path("/../..") == "/");
  CHECK(clean_path("../x/", "/a/b") == "/a/x");
  CHECK(clean_path("/x", "/a/b") == "/x");
  CHECK(clean_path("", "/a/b") == "/a/b");
  CHECK(is_clean_path("/a/b.c/..d"));
  for (const std::string_view bad : {"", "a", "/a/", "//", "/a//b", "/a/.", "/a/../b"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_clean_path(bad));
  }
  CHECK_FALSE(is_clean_path(std::string_view("/a\0", 3)));
  CHECK(parent_path("/a/b") == "/a");
  CHECK(parent_path("/a") == "/");
  CHECK(parent_path("/") == "/");
  CHECK(base_name("/a/b") == "b");
  CHECK(base_name("/").empty());
  CHECK(is_below("/a/b", "/a"));
  CHECK(is_below("/a", "/"));
  CHECK_FALSE(is_below("/", "/"));
  CHECK_FALSE(is_below("/ab", "/a"));
  CHECK_FALSE(is_below("/a", "/a"));
}

TEST_CASE("a directory comes right before what is below it") {
  std::vector<std::string> paths = {"/a.b",   "/a/z", "/a",     "/b",  "/a\x01",
                                    "/a/b/c", "/",    "/a/b-c", "/a/b"};
  std::stable_sort(paths.begin(), paths.end(), PathLess());
  CHECK(paths == Lines{"/", "/a", "/a/b", "/a/b/c", "/a/b-c", "/a/z", "/a\x01", "/a.b", "/b"});
  const PathLess less;
  CHECK(less("/a/z", after_subtree("/a")));
  CHECK_FALSE(less("/a\x01", after_subtree("/a")));
  CHECK(less("/z", after_subtree("/")));
}

TEST_CASE("content is read in ranges, and what is not held reads as zeros") {
  const auto content = text("hello, world");
  CHECK(content->size() == 12);
  CHECK(content->read(7, 100) == "world");
  CHECK(content->read(0, 5) == "hello");
  CHECK(content->read(12, 1).empty());
  CHECK(content->read(-1, 5).empty());
  CHECK(content->read(3, 0).empty());

  const auto big = Content::of_size(int64_t{5} << 30, "a model");
  CHECK(big->size() == int64_t{5} << 30);
  CHECK(big->held_bytes() == 0);
  CHECK(big->read(int64_t{4} << 30, 3) == std::string(3, '\0'));
  CHECK(static_cast<int64_t>(big->read(0, INT64_MAX).size()) == kReadBytesMax);
}

TEST_CASE("content is written over, beyond its end, and between what is held") {
  const auto content = text("0123456789");
  content->write(3, "abc");
  CHECK(all(*content) == "012abc6789");
  content->write(8, "xyz");
  CHECK(all(*content) == "012abc67xyz");
  content->write(15, "end");
  CHECK(content->size() == 18);
  CHECK(all(*content) == std::string("012abc67xyz\0\0\0\0end", 18));
  CHECK(content->held_bytes() == 14);
  content->write(12, "--");
  CHECK(all(*content) == std::string("012abc67xyz\0--\0end", 18));
  // Over the rest of one stretch, the next, and into the third.
  content->write(10, "ABCDEF");
  CHECK(all(*content) == "012abc67xyABCDEFnd");
  CHECK(content->held_bytes() == 18);
  content->write(5, "");
  CHECK(all(*content) == "012abc67xyABCDEFnd");
}

TEST_CASE("content is cut and grows") {
  const auto content = text("0123456789");
  content->write(12, "xy");
  content->truncate(13);
  CHECK(all(*content) == std::string("0123456789\0\0x", 13));
  content->truncate(4);
  content->truncate(6);
  CHECK(all(*content) == std::string("0123\0\0", 6));
  content->truncate(0);
  CHECK(content->size() == 0);
  CHECK(content->held_bytes() == 0);
}

TEST_CASE("a clone of sealed content is written to without changing it") {
  const auto content = text("abc");
  content->seal();
  const auto copy = content->clone();
  CHECK_FALSE(copy->sealed());
  copy->write(0, "X");
  CHECK(all(*content) == "abc");
  CHECK(all(*copy) == "Xbc");
}

TEST_CASE("a layer has its entries in order, with the directories above them") {
  LayerBuilder builder;
  builder.file("/usr/bin/env", "#!", 0755)
      .directory("/usr", 0711)
      .symlink("/bin", "usr/bin")
      .sized_file("/usr/lib.so", 1000, "libc")
      .whiteout("/run/x")
      .opaque_directory("/var", 0700);
  const auto layer = builder.build();
  Lines paths;
  for (const Layer::Item& item : layer->items()) paths.push_back(item.path);
  CHECK(paths ==
        Lines{"/bin", "/run", "/run/x", "/usr", "/usr/bin", "/usr/bin/env", "/usr/lib.so", "/var"});
  CHECK(layer->find("/usr")->mode == 0711);
  CHECK(layer->find("/usr/bin")->mode == kDirectoryMode);
  CHECK(layer->find("/usr/bin/env")->mode == 0755);
  CHECK(layer->find("/usr/bin/env")->content->sealed());
  CHECK(layer->find("/bin")->target == "usr/bin");
  CHECK(layer->find("/run/x")->is_whiteout());
  CHECK(layer->find("/var")->opaque);
  CHECK(layer->find("/nothing") == nullptr);
  CHECK(layer->size_bytes() == 2 + 7 + 1000);
  CHECK(layer->compressed_bytes() == 32 + 8 * 128 + 1009 * 40 / 100);
  CHECK(LayerBuilder().build()->compressed_bytes() == 32);
}

TEST_CASE("a builder's later step replaces what an earlier one put there") {
  LayerBuilder builder;
  builder.file("/a/b", "1").file("/a/b", "2").whiteout("/c").directory("/c").file("/c/d", "3");
  builder.file("/e/f", "4").whiteout("/e");
  const auto layer = builder.build();
  CHECK(all(*layer->find("/a/b")->content) == "2");
  CHECK(layer->find("/c")->is_directory());
  CHECK(layer->find("/e")->is_whiteout());
  CHECK(layer->find("/e/f") == nullptr);
}

TEST_CASE("a layer's diff id depends on all that is in it, and on nothing else") {
  const auto id = [](auto... steps) {
    LayerBuilder builder;
    (steps(builder), ...);
    return builder.build()->diff_id();
  };
  const auto file = [](std::string_view path, std::string_view bytes, uint16_t mode = 0644) {
    return [=](LayerBuilder& builder) { builder.file(path, std::string(bytes), mode); };
  };
  const auto sized = [](int64_t size, std::string_view stands_for) {
    return [=](LayerBuilder& builder) { builder.sized_file("/a", size, stands_for); };
  };
  const auto whiteout = [](LayerBuilder& builder) { builder.whiteout("/a"); };
  const auto directory = [](LayerBuilder& builder) { builder.directory("/a"); };
  const auto opaque = [](LayerBuilder& builder) { builder.opaque_directory("/a"); };
  const auto link = [](LayerBuilder& builder) { builder.symlink("/a", "b"); };

  CHECK(id(file("/a", "1"), file("/b", "2")) == id(file("/b", "2"), file("/a", "1")));
  const std::vector<Digest> different = {id(),
                                         id(file("/a", "")),
                                         id(file("/a", "1")),
                                         id(file("/a", "2")),
                                         id(file("/b", "1")),
                                         id(file("/a", "1", 0755)),
                                         id(sized(1, "x")),
                                         id(sized(1, "y")),
                                         id(sized(2, "x")),
                                         id(whiteout),
                                         id(directory),
                                         id(opaque),
                                         id(link)};
  for (std::size_t i = 0; i < different.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      CAPTURE(i, j);
      CHECK(different[i] != different[j]);
    }
  }
  // The same on every build and platform; computed by Python's hashlib from the serialisation.
  CHECK(id().hex() == "cb3a08a7b7981f20a5598f454aaf42a3fc37b5d3a1acce583fc1f6d7cdf9d703");
  CHECK(id(file("/a", "1")).hex() ==
        "68576ff1925d44e76116e7ae66a00c028d7150ee5eec4771f474c391749043ac");
}

TEST_CASE("a stack shows the topmost entry, and merges directories") {
  const auto bottom = LayerBuilder()
                          .file("/etc/hosts", "low")
                          .file("/etc/passwd", "root")
                          .directory("/etc", 0700)
                          .build();
  const auto top =
      LayerBuilder().file("/etc/hosts", "high").file("/etc.d/x", "1").directory("/etc").build();
  const auto layers = stack({bottom, top});
  CHECK(shown(*layers) == Lines{"/ 0", "/etc 1", "/etc/hosts=high 1", "/etc/passwd=root 0",
                                "/etc.d 1", "/etc.d/x=1 1"});
  CHECK(layers->find("/etc")->entry->mode == kDirectoryMode);
  CHECK(layers->find("/nothing") == nullptr);
  CHECK(names_in(*layers, "/") == Lines{"etc", "etc.d"});
  CHECK(names_in(*layers, "/etc") == Lines{"hosts", "passwd"});
  CHECK(names_in(*layers, "/etc/hosts").empty());
  CHECK(names_in(*layers, "/nothing").empty());
  CHECK(layers->size_bytes() == 3 + 4 + 4 + 1);
}

TEST_CASE("whiteouts, opaque directories and files hide what is below") {
  const auto bottom = LayerBuilder()
                          .file("/a/x", "1")
                          .file("/b/x/y", "2")
                          .file("/b/z", "3")
                          .file("/c/x", "4")
                          .file("/d", "5")
                          .build();
  const auto top = LayerBuilder()
                       .whiteout("/a")
                       .opaque_directory("/b")
                       .file("/b/new", "6")
                       .file("/c", "7")
                       .file("/d/x", "8")
                       .whiteout("/nothing")
                       .build();
  CHECK(shown(*stack({bottom, top})) ==
        Lines{"/ 0", "/b 1", "/b/new=6 1", "/c=7 1", "/d 1", "/d/x=8 1"});
  // A layer on top of a whiteout begins afresh.
  const auto third = LayerBuilder().file("/a/y", "9").build();
  CHECK(shown(*stack({bottom, top, third})) ==
        Lines{"/ 0", "/a 2", "/a/y=9 2", "/b 1", "/b/new=6 1", "/c=7 1", "/d 1", "/d/x=8 1"});
}

TEST_CASE("the root always shows, and a layer may say how") {
  CHECK(shown(*stack({})) == Lines{"/ 0"});
  const auto low = LayerBuilder().file("/a", "1").build();
  const auto high = LayerBuilder().directory("/", 0700).build();
  const auto layers = stack({low, high});
  CHECK(shown(*layers) == Lines{"/ 1", "/a=1 0"});
  CHECK(layers->find("/")->entry->mode == 0700);
}
