// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDirectory} from "./IDirectory.sol";
import {IEmergencies} from "./IEmergencies.sol";
import {IGuardians} from "./IGuardians.sol";
import {IProxies} from "./IProxies.sol";
import {ISubjects} from "./ISubjects.sol";

/// @title Consents: granting needs no transaction, refusing always wins
/// @notice A consent is a set of terms signed by the subject's controller (EIP-712) and kept off the ledger. The ledger
/// holds refusals only: one bit per consent index, here, and the epoch of the subject, in Subjects. So anyone who is
/// shown terms and signature can check them alone, and whoever watches the ledger learns neither who reads nor what.
/// @dev EIP-712 domain "Anamnesis Consents", version "1". The types are the struct `Consent` below, in its order, and
/// `Revoke(address subject,uint32 index)` and `RevokeMany(address subject,uint24 word,uint256 mask)`. A signed refusal
/// needs neither nonce nor deadline: it is permanent and has the same effect however often it arrives. Signatures are ECDSA of 65 or 64 (ERC-2098) bytes, or ERC-1271.
interface IConsents is IProxies, IEmergencies {
    /// @notice The terms of a consent. Bit tables are in `spec/`.
    /// @param subject The patient's pseudonym at the custodian.
    /// @param epoch The subject's epoch in which it was signed.
    /// @param index The number of its revocation bit, chosen by the signer, unique per subject.
    /// @param grantee The organisation that may act.
    /// @param recipient The one person at the grantee, keccak256("Practitioner/<id>"), or 0 for anyone there.
    /// @param categories Mask of the record categories covered.
    /// @param sensitive Mask of the sensitive classes included; a class not named is withheld.
    /// @param purposes Mask of the purposes of use allowed.
    /// @param actions Mask of the actions allowed.
    /// @param careFrom Earliest time of care covered, in seconds since 1970 (may be negative); the least int48 = open.
    /// @param careUntil First time of care no longer covered; the greatest int48 = open.
    /// @param validFrom First second at which the consent holds.
    /// @param validUntil First second at which it no longer holds.
    /// @param salt Random, so that the digest betrays nothing about the terms.
    struct Consent {
        address subject;
        uint32 epoch;
        uint32 index;
        uint32 grantee;
        bytes32 recipient;
        uint32 categories;
        uint16 sensitive;
        uint32 purposes;
        uint16 actions;
        int48 careFrom;
        int48 careUntil;
        uint48 validFrom;
        uint48 validUntil;
        bytes32 salt;
    }

    /// @notice What somebody wants to do under a consent.
    /// @param grantee The organisation that asks.
    /// @param recipient The person there, as in the terms; 0 if unnamed.
    /// @param categories Mask of all categories asked for; not empty.
    /// @param sensitive Mask of all sensitive classes asked for; may be empty.
    /// @param purpose The purpose, exactly one bit.
    /// @param action Mask of the actions asked for; not empty.
    /// @param time The time for which the validity is judged. Refusals count from now on for every time.
    struct Request {
        uint32 grantee;
        bytes32 recipient;
        uint32 categories;
        uint16 sensitive;
        uint32 purpose;
        uint16 action;
        uint48 time;
    }

    /// @notice The consent of `subject` with this index is refused for good.
    /// @dev `subject` may be the space of a proxy, see IProxies.
    event ConsentRevoked(address indexed subject, uint32 index);
    /// @notice The refusals of `subject` with the indexes `256 * word` to `256 * word + 255` are now `bits`.
    event ConsentsRevoked(address indexed subject, uint24 word, uint256 bits);

    /// @notice The caller neither is nor decides for this subject.
    error Consents_NotController(address subject, address controller, address caller);
    /// @notice The signature under the refusal is neither the subject's nor its controller's.
    error Consents_InvalidRevocation(address subject, uint32 index, address controller);
    /// @notice The signature under the refusal of many is neither the subject's nor its controller's.
    error Consents_InvalidRevocations(address subject, uint24 word, uint256 mask, address controller);
    /// @notice The signature under the terms is not that of the current controller or, under a chain, the last proxy.
    error Consents_InvalidSignature(bytes32 id, address signer);
    /// @notice The consent was refused by its index.
    error Consents_Revoked(bytes32 id, address subject, uint32 index);
    /// @notice The consent is from an epoch that the subject has left behind, or from none.
    error Consents_WrongEpoch(bytes32 id, uint32 epoch, uint32 current);
    /// @notice The consent does not hold yet.
    error Consents_NotYetValid(bytes32 id, uint48 validFrom, uint48 time);
    /// @notice The consent no longer holds.
    error Consents_Expired(bytes32 id, uint48 validUntil, uint48 time);
    /// @notice The consent is for another organisation.
    error Consents_WrongGrantee(bytes32 id, uint32 grantee, uint32 requested);
    /// @notice The grantee is not, or not any more, an active organisation.
    error Consents_InactiveGrantee(bytes32 id, uint32 grantee);
    /// @notice The consent is for another person.
    error Consents_WrongRecipient(bytes32 id, bytes32 recipient, bytes32 requested);
    /// @notice Nothing was asked for, or more than one purpose was named.
    error Consents_InvalidRequest(bytes32 id, uint32 categories, uint32 purpose, uint16 action);
    /// @notice These categories are not covered.
    error Consents_CategoriesNotCovered(bytes32 id, uint32 missing);
    /// @notice These sensitive classes are withheld.
    error Consents_SensitiveNotCovered(bytes32 id, uint16 missing);
    /// @notice This purpose is not covered.
    error Consents_PurposeNotCovered(bytes32 id, uint32 purpose);
    /// @notice These actions are not covered.
    error Consents_ActionNotCovered(bytes32 id, uint16 missing);

    /// @notice Refuses one consent for good. For the subject and its controller. A second time changes nothing.
    function revoke(address subject, uint32 index) external;

    /// @notice As `revoke`, carried by anyone with the signature of the subject or its controller.
    /// @dev The subject's own key may refuse even after control went to another key: it can only ever take away, and
    /// not looking up the controller saves 5,200 gas of the most frequent call. Granting has no such door.
    function revokeBySig(address subject, uint32 index, bytes calldata signature) external;

    /// @notice Refuses, for good, up to 256 consents: those with the indexes `256 * word + i` for each bit `i` of `mask`.
    /// For the subject and its controller.
    function revokeMany(address subject, uint24 word, uint256 mask) external;

    /// @notice As `revokeMany`, carried by anyone with the signature of the subject or its controller.
    function revokeManyBySig(address subject, uint24 word, uint256 mask, bytes calldata signature) external;

    /// @notice As `revoke`, carried by anyone with the signatures of guardians under the same message.
    /// @param signatures One entry per guardian of the set, in its order; empty for those who did not sign.
    function revokeByGuardians(
        address subject,
        uint32 index,
        IGuardians.GuardianSet calldata set,
        bytes[] calldata signatures
    ) external;

    /// @notice Refuses a consent that the subject's controller signed, as the last proxy of a chain within whose scope it
    /// lies. Carried by the proxy (`refusal` empty) or by anyone with its signature of the message `Revoke`.
    /// @dev This alone shows terms to whoever reads the ledger, since their scope must be judged. A proxy that can bring
    /// the refusal to the custodian need not use it. What a proxy signed itself it refuses by `revokeUnderProxy`.
    function revokeAsProxy(
        Consent calldata terms,
        bytes calldata signature,
        Link[] calldata chain,
        bytes calldata refusal
    ) external;

    /// @notice Whether the consent with this index was refused.
    /// @dev One signed by a proxy is refused by this bit of the subject and by that of the proxy's space.
    function isRevoked(address subject, uint32 index) external view returns (bool);

    /// @notice The refusals of indexes `256 * word` to `256 * word + 255`, lowest bit first.
    function revocationWord(address subject, uint24 word) external view returns (uint256);

    /// @notice The identifier of a consent: the EIP-712 digest of its terms on this chain and contract.
    function digest(Consent calldata terms) external view returns (bytes32 id);

    /// @notice Whether the terms, so signed, allow the request, with the refusals and keys of this moment.
    function permits(Consent calldata terms, bytes calldata signature, Request calldata request)
        external
        view
        returns (bool);

    /// @notice As `permits`, but reverts with the reason.
    /// @return id The identifier of the consent.
    function check(Consent calldata terms, bytes calldata signature, Request calldata request)
        external
        view
        returns (bytes32 id);

    /// @notice As `permits`, for terms signed by the last proxy of a chain: they must lie within its terms.
    function permitsByProxy(
        Consent calldata terms,
        bytes calldata signature,
        Link[] calldata chain,
        Request calldata request
    ) external view returns (bool);

    /// @notice As `permitsByProxy`, but reverts with the reason.
    /// @return id The identifier of the consent.
    function checkByProxy(
        Consent calldata terms,
        bytes calldata signature,
        Link[] calldata chain,
        Request calldata request
    ) external view returns (bytes32 id);

    /// @notice Where controllers and epochs are looked up.
    function subjects() external view returns (ISubjects);

    /// @notice Where grantees are looked up.
    function directory() external view returns (IDirectory);

    /// @notice Version of this contract.
    function version() external view returns (string memory);
}
