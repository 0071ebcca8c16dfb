// Pictures that a form wants small: scaled down and encoded anew, which leaves behind what the camera wrote into them: place, time, device.
import { make } from "./dom.js";

// What a field may take of a file: where it wants pictures small, a small one, or another kind of file that it names; nothing where that is
// impossible, since the original would tell what the form promised to leave behind.
export async function small(file, { image, accept = [] }) {
  const other = accept.includes(file.type) && !file.type.startsWith("image/");
  return !image || other ? file : shrink(file, image).catch(() => null);
}

// The picture with no side over `side` pixels, as JPEG. Throws if the browser cannot read it.
async function shrink(file, side) {
  // Turned as the camera says; the encoder below writes no such note.
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, side / Math.max(picture.width, picture.height));
  const [width, height] = [picture.width, picture.height].map((pixels) => Math.max(1, Math.round(pixels * scale)));
  const canvas = make("canvas", { width, height });
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.drawImage(picture, 0, 0, width, height);
  picture.close();
  const blob = await new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("not encoded"))), "image/jpeg", 0.85);
  });
  return new File([blob], `${file.name.replace(/\.\w+$/, "")}.jpg`, { type: blob.type });
}
