// The list only needs its times told.
import { keepTelling } from "./times.js";

keepTelling();
