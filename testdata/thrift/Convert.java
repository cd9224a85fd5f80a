import java.util.List;
import zipkin2.Span;
import zipkin2.codec.SpanBytesDecoder;
import zipkin2.codec.SpanBytesEncoder;

/** A list of spans from one of Zipkin's encodings to another, by Zipkin's own library. Usage: Convert FROM TO */
public class Convert {
    public static void main(String[] args) throws Exception {
        List<Span> spans = SpanBytesDecoder.valueOf(args[0]).decodeList(System.in.readAllBytes());
        System.out.write(SpanBytesEncoder.valueOf(args[1]).encodeList(spans));
        System.out.flush();
    }
}
