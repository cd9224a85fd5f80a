import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.IntPoint;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.SortedNumericDocValuesField;
import org.apache.lucene.document.SortedSetDocValuesField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.util.BytesRef;

/**
 * Store INPUT FOLDER: writes documents into a Lucene index of one segment as Elasticsearch does, prints its bytes.
 *
 * <p>INPUT is records: 'k' or 'n' or 'i', name, value: a field of the document that is being filled (keyword, long,
 * integer); 'd', path: the end of a nested document; 's', source: the end of a document and of its block. Texts are a
 * length of four bytes and UTF-8; numbers have eight bytes.
 */
public class Store {
    private static final int IGNORE_ABOVE = 256; // of Jaeger's index template

    private static byte[] bytes(DataInputStream in) throws IOException {
        byte[] b = new byte[in.readInt()];
        in.readFully(b);
        return b;
    }

    private static String text(DataInputStream in) throws IOException {
        return new String(bytes(in), java.nio.charset.StandardCharsets.UTF_8);
    }

    private static void keyword(Document d, String name, String value) {
        if (value.length() > IGNORE_ABOVE) return;
        d.add(new StringField(name, value, Field.Store.NO));
        d.add(new SortedSetDocValuesField(name, new BytesRef(value)));
    }

    /** What Elasticsearch adds to every document, nested ones among them. */
    private static void meta(Document d, byte[] id, long number, boolean root) {
        d.add(new StringField("_id", new BytesRef(id), root ? Field.Store.YES : Field.Store.NO));
        d.add(new LongPoint("_seq_no", number));
        d.add(new NumericDocValuesField("_seq_no", number));
        d.add(new NumericDocValuesField("_version", 1));
        if (root) d.add(new NumericDocValuesField("_primary_term", 1));
    }

    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[1]);
        java.util.Random random = new java.util.Random(1);
        long documents = 0, number = 0;
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(Path.of(args[0]))));
                Directory to = FSDirectory.open(folder);
                IndexWriter writer = new IndexWriter(to, new IndexWriterConfig().setRAMBufferSizeMB(64))) {
            List<Document> block = new ArrayList<>();
            Document d = new Document();
            for (int kind; (kind = in.read()) >= 0; ) {
                if (kind == 'k') {
                    keyword(d, text(in), text(in));
                } else if (kind == 'n' || kind == 'i') {
                    String name = text(in);
                    long value = in.readLong();
                    d.add(kind == 'n' ? new LongPoint(name, value) : new IntPoint(name, (int) value));
                    d.add(new SortedNumericDocValuesField(name, value));
                } else if (kind == 'd') {
                    d.add(new StringField("_nested_path", text(in), Field.Store.NO));
                    block.add(d);
                    d = new Document();
                } else if (kind == 's') {
                    byte[] id = new byte[15]; // as Elasticsearch makes them
                    random.nextBytes(id);
                    d.add(new StoredField("_source", bytes(in)));
                    for (Document nested : block) meta(nested, id, number, false);
                    meta(d, id, number++, true);
                    block.add(d);
                    documents += block.size();
                    writer.addDocuments(block);
                    block = new ArrayList<>();
                    d = new Document();
                } else {
                    throw new EOFException("not a record: " + kind);
                }
            }
            writer.forceMerge(1);
            writer.commit();
        }
        long size = 0;
        try (var files = Files.list(folder)) {
            for (Path p : (Iterable<Path>) files::iterator) size += Files.size(p);
        }
        System.out.println(size + " " + documents);
    }
}
