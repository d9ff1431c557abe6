#include "sim/grpc/proto_descriptor.h"

#include "sim/grpc/proto_descriptor_messages.h"
#include "tests/grpc/proto_samples.h"

#include <catch_amalgamated.hpp>

#include <string>
#include <string_view>
#include <vector>

using namespace samples;

TEST_CASE("a descriptor tells what the table says") {
  const proto::MessageDescriptor& shapes = proto::message_descriptor<Shapes>();
  CHECK(shapes.full_name == "samples.Shapes");
  CHECK(shapes.fields.size() == 12);
  REQUIRE(shapes.find(7) != nullptr);
  CHECK(shapes.find(7)->label == proto::Label::map);
  CHECK(shapes.find(7)->key_kind == Kind::sint32);
  CHECK(&shapes.find(7)->message() == &proto::message_descriptor<Tree>());
  CHECK(shapes.find(8)->enumeration->name_of(-1) == "NEGATIVE");
  CHECK(shapes.find(8)->enumeration->name_of(7).empty());
  CHECK(shapes.find(10)->oneof == "choice");
  CHECK(shapes.find(10)->kind == Kind::bytes);
  CHECK(shapes.find(12) == nullptr);
  const proto::MessageDescriptor& tree = proto::message_descriptor<Tree>();
  CHECK(&tree.find(2)->message() == &tree);
  CHECK(proto::message_descriptor<Empty>().fields.empty());

  const proto::ServiceDescriptor service = kSampler.descriptor();
  REQUIRE(service.find("/samples.Sampler/Drain") != nullptr);
  CHECK(service.find("/samples.Sampler/Drain")->name() == "Drain");
  CHECK(service.find("/samples.Sampler/Drain")->client_streams());
  CHECK_FALSE(service.find("/samples.Sampler/Drain")->server_streams());
  CHECK(service.find("/samples.Sampler/None") == nullptr);
}

TEST_CASE("a file descriptor has protoc's bytes and survives a round trip") {
  const proto::FileDescriptorProto file = proto::describe(samples::kFile);
  const std::string bytes = encoded(file);
  CHECK(hex(bytes) ==
        "0a0d73616d706c65732e70726f746f120773616d706c657322070a05456d7074792290040a075363616c617273"
        "12190a08615f646f75626c65180120012801520761446f75626c6512170a07615f666c6f617418022001280252"
        "0661466c6f617412190a08616e5f696e7433321803200128055207616e496e74333212190a08616e5f696e7436"
        "341804200128035207616e496e74363412190a08615f75696e74333218052001280d52076155696e7433321219"
        "0a08615f75696e74363418062001280452076155696e74363412190a08615f73696e7433321807200128115207"
        "6153696e74333212190a08615f73696e74363418082001281252076153696e743634121b0a09615f6669786564"
        "333218092001280752086146697865643332121b0a09615f66697865643634180a200128065208614669786564"
        "3634121f0a0b616e5f7366697865643332180b2001280f520a616e5366697865643332121f0a0b616e5f736669"
        "7865643634180c20012810520a616e536669786564363412150a06615f626f6f6c180d20012808520561426f6f"
        "6c12190a08615f737472696e67180e20012809520761537472696e67121d0a0a736f6d655f6279746573180f20"
        "01280c5209736f6d654279746573122c0a05636f6c6f7218102001280e32162e73616d706c65732e5363616c61"
        "72732e436f6c6f725205636f6c6f7222340a05436f6c6f72120b0a07554e4b4e4f574e100012070a0352454410"
        "0112150a084e4547415449564510ffffffffffffffffff012283050a0653686170657312260a0c6d617962655f"
        "6e756d6265721801200128054801520b6d617962654e756d62657288010112330a0d6d617962655f6d65737361"
        "676518022001280b320e2e73616d706c65732e5465737431520c6d617962654d65737361676512140a056e616d"
        "657318032003280952056e616d657312160a06666c6f6174731804200328025206666c6f61747312140a05666c"
        "6167731805200328085205666c61677312160a0664656c746173180620032812520664656c746173123e0a0b74"
        "726565735f62795f696418072003280b321e2e73616d706c65732e5368617065732e547265657342794964456e"
        "747279520974726565734279496412330a06636f6c6f727318082003280b321b2e73616d706c65732e53686170"
        "65732e436f6c6f7273456e7472795206636f6c6f727312180a066e756d626572180920012803480052066e756d"
        "62657212160a05746f6b656e180a2001280c48005205746f6b656e122a0a076d657373616765180b2001280b32"
        "0e2e73616d706c65732e5465737434480052076d65737361676512230a0a6d617962655f7465787418d00f2001"
        "2809480252096d61796265546578748801011a4b0a0e547265657342794964456e74727912100a036b65791801"
        "2001281152036b657912230a0576616c756518022001280b320d2e73616d706c65732e54726565520576616c75"
        "653a0238011a510a0b436f6c6f7273456e74727912100a036b657918012001280852036b6579122c0a0576616c"
        "756518022001280e32162e73616d706c65732e5363616c6172732e436f6c6f72520576616c75653a0238014208"
        "0a0663686f696365420f0a0d5f6d617962655f6e756d626572420d0a0b5f6d617962655f7465787422150a0554"
        "65737431120c0a016118012001280552016122230a055465737434120c0a0164180420012809520164120c0a01"
        "6518052003280552016522620a05546573743612230a016718072003280b32152e73616d706c65732e54657374"
        "362e47456e7472795201671a340a0647456e74727912100a036b657918012001280952036b657912140a057661"
        "6c7565180220012805520576616c75653a02380122470a045472656512140a0576616c75651801200128055205"
        "76616c756512290a086368696c6472656e18022003280b320d2e73616d706c65732e5472656552086368696c64"
        "72656e32b9010a0753616d706c6572122e0a095472616e73666f726d12102e73616d706c65732e5363616c6172"
        "731a0f2e73616d706c65732e53686170657312270a0447726f77120e2e73616d706c65732e54657374311a0d2e"
        "73616d706c65732e54726565300112290a05447261696e120e2e73616d706c65732e54657374311a0e2e73616d"
        "706c65732e456d7074792801122a0a044563686f120e2e73616d706c65732e54657374311a0e2e73616d706c65"
        "732e546573743128013001620670726f746f33");
  CHECK(decoded<proto::FileDescriptorProto>(bytes) == file);
}

TEST_CASE("a file leaves the types of its dependencies to them") {
  const proto::FileDescriptorProto file = proto::describe(other::kFile);
  CHECK(file.dependency == std::vector<std::string>{"samples.proto"});
  REQUIRE(file.message_type.size() == 1);
  const proto::DescriptorProto& envelope = file.message_type[0];
  CHECK(envelope.name == "Envelope");
  CHECK(envelope.field[0].type_name == ".samples.Test1");
  CHECK(envelope.field[1].type_name == ".samples.Scalars.Color");
  // The usual name of the optional field's oneof is taken.
  CHECK(envelope.field[1].proto3_optional);
  CHECK(envelope.oneof_decl[0].name == "X_color");
  CHECK(file.enum_type.empty());
}

TEST_CASE("a file declares its symbols by their full names") {
  const proto::FileDescriptorProto file = proto::describe(samples::kFile);
  for (const std::string_view symbol :
       {"samples.Test6", "samples.Sampler", "samples.Sampler.Echo", "samples.Tree.children",
        "samples.Scalars.Color", "samples.Scalars.RED", "samples.Shapes.choice",
        "samples.Test6.GEntry", "samples.Test6.GEntry.key"}) {
    INFO(symbol);
    CHECK(proto::declares(file, symbol));
  }
  for (const std::string_view symbol :
       {"", "samples", "samples.", "Test6", "samples.Test7", "samples.Sampler.Test6",
        "samplesTest6", "samples.Sampler.Echo.x", "samples.Test6.", "other.Test6",
        "samples.Color"}) {
    INFO(symbol);
    CHECK_FALSE(proto::declares(file, symbol));
  }
}
