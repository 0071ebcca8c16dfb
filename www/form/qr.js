// A QR code (ISO/IEC 18004) for the receipt's link. Always version 9 with correction level L and mask 0: room for 230 bytes, and everything
// else is fixed, which a phone's camera does not mind and a slow connection does not carry.

const SIZE = 53;
const BYTES = 230;
const DATA = 116;
const CHECK = 30;
// Fifteen bits that say "L, mask 0", eighteen that say "9".
const FORMAT = 0x77c4;
const VERSION = 0x9a99;

// Rows of modules, true for a dark one; nothing if the text does not fit.
export function qr(text) {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > BYTES) return null;
  const rows = Array.from({ length: SIZE }, () => []);
  draw(rows);
  fill(rows, codewords(bytes));
  return rows;
}

// The bytes in two blocks, each with its check bytes, interleaved.
function codewords(bytes) {
  const hex = [bytes.length, ...bytes].map((byte) => byte.toString(16).padStart(2, "0"));
  const data = `4${hex.join("")}0`.match(/../g).map((pair) => parseInt(pair, 16));
  for (let nth = 0; data.length < 2 * DATA; nth += 1) data.push(nth % 2 ? 17 : 236);
  const blocks = [data.slice(0, DATA), data.slice(DATA)];
  const woven = (pair) => pair[0].flatMap((byte, nth) => [byte, pair[1][nth]]);
  return [...woven(blocks), ...woven(blocks.map(check))];
}

const times = (left, right) => {
  let product = 0;
  for (let bit = 128; bit; bit >>= 1) {
    product = (product << 1) ^ (product & 128 ? 0x11d : 0);
    if (right & bit) product ^= left;
  }
  return product;
};

// Reed-Solomon: the remainder of the block by the generator of degree CHECK.
function check(block) {
  let generator = [1];
  for (let nth = 0, root = 1; nth < CHECK; nth += 1, root = times(root, 2)) {
    generator = [...generator, 0].map((byte, place) => byte ^ times(generator[place - 1] ?? 0, root));
  }
  const rest = [...block, ...Array(CHECK).fill(0)];
  for (let place = 0; place < block.length; place += 1) {
    const factor = rest[place];
    generator.forEach((byte, nth) => (rest[place + nth] ^= times(byte, factor)));
  }
  return rest.slice(block.length);
}

// What every code of this kind has: three large squares, small ones, dotted lines, and what it says of itself.
function draw(rows) {
  const square = (x, y, radius) => {
    for (let dy = -radius; dy <= radius; dy += 1) {
      for (let dx = -radius; dx <= radius; dx += 1) {
        const ring = Math.max(Math.abs(dx), Math.abs(dy));
        if (rows[y + dy] && x + dx >= 0 && x + dx < SIZE) rows[y + dy][x + dx] = ring !== 2 - (radius < 3) && ring !== 4;
      }
    }
  };
  for (let nth = 0; nth < SIZE; nth += 1) rows[6][nth] = rows[nth][6] = nth % 2 === 0;
  const far = SIZE - 4;
  for (const [x, y] of [[3, 3], [far, 3], [3, far]]) square(x, y, 4);
  for (const [x, y] of [[26, 6], [6, 26], [26, 26], [46, 26], [26, 46], [46, 46]]) square(x, y, 2);
  for (let nth = 0; nth < 15; nth += 1) {
    const dark = ((FORMAT >> nth) & 1) === 1;
    const short = nth + (nth > 5);
    rows[nth < 8 ? short : SIZE - 15 + nth][8] = dark;
    rows[8][nth < 8 ? SIZE - 1 - nth : 14 - nth + (nth < 9)] = dark;
  }
  rows[SIZE - 8][8] = true;
  for (let nth = 0; nth < 18; nth += 1) {
    const [long, short] = [Math.floor(nth / 3), SIZE - 11 + (nth % 3)];
    rows[long][short] = rows[short][long] = ((VERSION >> nth) & 1) === 1;
  }
}

// The bits, two columns at a time from the right, up and down, under the mask.
function fill(rows, bytes) {
  let nth = 0;
  for (let right = SIZE - 1, up = true; right > 0; right -= 2, up = !up) {
    if (right === 6) right = 5;
    for (let step = 0; step < SIZE; step += 1) {
      const y = up ? SIZE - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (rows[y][x] !== undefined) continue;
        const bit = (bytes[nth >> 3] >> (7 - (nth & 7))) & 1;
        rows[y][x] = (bit ^ ((x + y + 1) & 1)) === 1;
        nth += 1;
      }
    }
  }
}
